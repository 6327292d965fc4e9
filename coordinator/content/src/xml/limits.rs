//! How much XML is read before the reader says no. The defaults are far above what exam boards' files hold.

/// The bounds of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file as it is stored.
    pub bytes_max: usize,
    /// Elements within each other. Also bounds every recursion over the tree.
    pub depth_max: usize,
    /// Elements in the file.
    pub elements_max: usize,
    /// Attributes of one element, namespace declarations counted.
    pub attributes_max: usize,
    /// Attributes in the file.
    pub all_attributes_max: usize,
    /// Bytes of one name.
    pub name_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes_max: 32 * 1024 * 1024,
            depth_max: 100,
            elements_max: 200_000,
            attributes_max: 64,
            all_attributes_max: 300_000,
            name_bytes_max: 256,
        }
    }
}
