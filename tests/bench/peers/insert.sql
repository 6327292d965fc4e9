\set candidate random(200001, 206400)
\set item random(1, 100)
\set seq random(1, 1000)
INSERT INTO answers (candidate, item, seq, response, marked) VALUES (:candidate, :item, :seq, '{"choice":2}', false);
