-- The row that every PostgreSQL peer inserts: what an answer is made of.
CREATE TABLE answers (
    id        bigserial PRIMARY KEY,
    candidate integer NOT NULL,
    item      smallint NOT NULL,
    seq       integer NOT NULL,
    response  jsonb,
    marked    boolean NOT NULL,
    at        timestamptz NOT NULL DEFAULT now()
);
