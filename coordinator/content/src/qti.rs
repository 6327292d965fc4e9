//! QTI 2.1, 2.2 and 3.0: items and tests read, checked and evaluated. Pure: bytes in, values out.
//!
//! A file is read as XML ([`crate::xml`]), its rules are compiled once into a [`Program`] ([`compile`]), and that is run on
//! each candidate's [`Responses`] ([`evaluate`]) or on the outcomes of a test's items ([`evaluate_test`]). [`examine`] says
//! of any file what it is, which interactions it has, and what in it cannot be taken. What QTI has and this module does
//! not is refused by name and line, never left out; docs/QTI.md lists it.
//!
//! Programs hold correct responses: they stay at the coordinators.

mod base_type;
mod body;
mod compile;
pub mod conformance;
mod deliver;
mod deliverable;
mod evaluate;
mod examine;
mod fault;
mod literal;
mod mapping;
mod names;
mod operators;
mod package;
mod program;
mod real;
mod responses;
mod test_query;
pub mod value;

pub use body::{Interaction, Support};
pub use compile::compile;
pub use deliver::{NotScored, PICTURE_BYTES_MAX, ProgramKey, SCORE_PLACES_MAX};
pub use deliverable::{Deliverable, deliverable};
pub use evaluate::{
    CONSTRAINT_TURNS_MAX, EvaluationError, ItemResult, Outcomes, STEPS_MAX, evaluate, evaluate_test,
};
pub use examine::{Examined, Kind, examine};
pub use fault::{Fault, Faults};
pub use operators::{Generator, Operator, Shape};
pub use package::{FileRefusal, PICTURES_BYTES_MAX, Package, PartlyImported, Refusals, paper, paper_partly};
pub use program::{
    Branch, EXPRESSION_DEPTH_MAX, Expression, Feedback, ItemReference, NODES_MAX, Program, RULE_DEPTH_MAX,
    Remark, Role, Rule, VARIABLES_MAX, Variable, VariableId,
};
pub use real::{NotReal, Real};
pub use responses::Responses;
pub use value::Value;
