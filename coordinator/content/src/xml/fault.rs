//! Why a file could not be read as XML, where, and what to do.

/// A fault and where it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct XmlError {
    /// The line, from 1; 0 where the whole file is meant.
    pub line: u32,
    /// What is wrong.
    pub fault: XmlFault,
}

/// What can be wrong with a file of XML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlFault {
    /// Nothing but white space.
    #[error("the file is empty; nothing to read")]
    Empty,
    /// Above [`super::Limits::bytes_max`].
    #[error("the file has {bytes} bytes, at most {max} are read; split it")]
    TooLarge {
        /// Of the file.
        bytes: usize,
        /// Allowed.
        max: usize,
    },
    /// Another encoding than UTF-8 or UTF-16.
    #[error("the file says that it is encoded in `{0}`; save it as UTF-8")]
    Encoding(String),
    /// The bytes are not what they say they are.
    #[error("the text is not {0}; save the file as UTF-8")]
    NotText(&'static str),
    /// Above [`super::Limits::depth_max`].
    #[error("more than {0} elements stand within each other; flatten the file")]
    TooDeep(usize),
    /// Above [`super::Limits::elements_max`].
    #[error("the file has more than {0} elements; split it")]
    TooManyElements(usize),
    /// Above [`super::Limits::attributes_max`].
    #[error("the element has more than {0} attributes; remove some")]
    TooManyAttributes(usize),
    /// Above [`super::Limits::all_attributes_max`].
    #[error("the file has more than {0} attributes; split it")]
    TooManyAttributesInAll(usize),
    /// Above [`super::Limits::name_bytes_max`].
    #[error("a name is longer than {0} bytes; shorten it")]
    NameTooLong(usize),
    /// A document type that declares things of its own.
    #[error(
        "the DOCTYPE declares entities or elements of its own, which are never read; remove the part in [ ]"
    )]
    OwnDeclarations,
    /// An entity that XML does not know.
    #[error("the entity `&{0};` is not one of XML's own; write the character itself or its number (&#160;)")]
    UnknownEntity(String),
    /// A character that XML text cannot hold.
    #[error("the character with code {0} cannot stand in XML; remove it")]
    Character(u32),
    /// Text or a second root outside the root element.
    #[error("{0} stands outside the root element; an XML file has one root element")]
    OutsideRoot(&'static str),
    /// The file ends too early.
    #[error("the file ends inside `<{0}>`; it was cut off, or a closing tag is missing")]
    Unclosed(String),
    /// A prefix without a declaration.
    #[error("the prefix `{0}` is not declared; add xmlns:{0}=\"…\" or remove the prefix")]
    UnknownPrefix(String),
    /// Anything else that makes it no XML.
    #[error("this is not well-formed XML ({0}); correct it")]
    Malformed(String),
}
