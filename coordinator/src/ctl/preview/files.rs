//! The page's own modules, as a node serves them to candidates, and the frame in which the preview shows them. One list:
//! what the preview shows is what candidates will see.

/// A module of the page under its own path.
macro_rules! of_the_page {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../../node/web/", $path)))),*]
    };
}

/// By path below the preview's address.
pub(super) const PAGE: &[(&str, &str)] = of_the_page![
    "app.css",
    "js/dom.js",
    "js/fields.js",
    "js/problems.js",
    "js/response.js",
    "js/words.js",
    "js/kinds/arrange.js",
    "js/kinds/content.js",
    "js/kinds/hotspot.js",
    "js/kinds/in_text.js",
    "js/kinds/kinds.css",
    "js/kinds/match.js",
    "js/kinds/ordering.js",
    "js/kinds/parts.js",
    "js/kinds/pictures.js",
    "js/kinds/question.js",
    "js/kinds/responses.js",
    "js/kinds/select.js",
    "js/kinds/slider.js",
    "js/kinds/text.js",
    "js/kinds/uses.js",
    "js/kinds/words.js",
];

/// The frame; the first is what the address itself gives.
pub(super) const FRAME: &[(&str, &str)] = &[
    ("", include_str!("frame.html")),
    ("preview.js", include_str!("preview.js")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_that_is_imported_is_in_the_list() {
        let paths: Vec<&str> = PAGE.iter().map(|(path, _)| *path).collect();
        for (path, text) in PAGE.iter().chain(FRAME) {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let quoted = text.split('"').skip(1).step_by(2);
            let is_file = |name: &&str| {
                let extension = std::path::Path::new(name).extension();
                name.starts_with('.') && extension.is_some_and(|one| one == "js" || one == "css")
            };
            for name in quoted.filter(is_file) {
                let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
                for part in name.split('/') {
                    match part {
                        "." => {}
                        ".." => drop(parts.pop()),
                        part => parts.push(part),
                    }
                }
                let full = parts.join("/");
                let is_there = paths.contains(&full.as_str()) || full == "preview.js";
                assert!(
                    is_there,
                    "{path} imports {name}, which the preview does not serve"
                );
            }
        }
    }
}
