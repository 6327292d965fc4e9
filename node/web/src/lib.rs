//! The candidates' page as files: ES modules, one stylesheet, the texts of each language. A node serves them to candidates,
//! `parikshactl paper preview` shows papers with the same. What is wrong with the sources (a text that a language lacks, a
//! module that is imported and not there) fails the build of this crate; see `build.rs`.

/// A file of the page, compressed when it was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// Its path, relative to wherever the page is served.
    pub name: &'static str,
    /// As it is.
    pub plain: &'static [u8],
    /// With gzip; `None` where that is not smaller.
    pub gzip: Option<&'static [u8]>,
    /// With brotli; `None` where that is not smaller.
    pub brotli: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/page_files.rs"));

/// The module that a document starts.
pub const START: &str = "js/app.js";

/// The stylesheet.
pub const STYLE: &str = "app.css";

/// The service worker's source: served at the root of a site, with the version and the names of the files put in.
pub const WORKER: &str = "sw.js";

/// The file of this name.
pub fn file(name: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.name == name)
}

/// The texts of a language.
pub fn words(language: &str) -> Option<&'static File> {
    file(&format!("locales/{language}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_whole() {
        for name in [START, STYLE, WORKER, "files.json"] {
            assert!(file(name).is_some_and(|file| !file.plain.is_empty()), "{name}");
        }
        assert!(LANGUAGES.iter().all(|language| words(language).is_some()));
        assert!(MODULES.contains(&"js/screens/sign_in.js") && !MODULES.contains(&"js/attempt/attempt.js"));
        assert!(MODULES.iter().all(|name| file(name).is_some()));
    }

    #[test]
    fn compressed_files_are_smaller() {
        let app = file(START).unwrap();
        assert!(app.brotli.unwrap().len() < app.gzip.unwrap().len());
        for file in FILES {
            let packed = [file.gzip, file.brotli].into_iter().flatten();
            assert!(
                packed.into_iter().all(|packed| packed.len() < file.plain.len()),
                "{}",
                file.name
            );
        }
    }
}
