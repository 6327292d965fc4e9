//! Where an item's pictures come from: the package that it stands in, or nowhere (a file that is examined alone; then what
//! it names is listed). Only PNG, JPEG, GIF and WebP by their first bytes; a picture's name in the paper says nothing of
//! its file.

use base64::{Engine, engine::general_purpose::STANDARD};
use protocol::{hash::Hash, paper::Picture};

use super::reason::Reason;
use crate::qti::package::{Package, resolve};

/// Bytes of one picture.
pub const PICTURE_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Stands for the folder of a file that stands alone: as deep as an archive's entry may lie.
const ANY_FOLDER: &str = "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a";

/// Hex digits of a picture's name.
const NAME_DIGITS: usize = 16;

/// Where files are looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source<'a> {
    /// Within a package, seen from this folder of it (empty: its root).
    Package(&'a Package, &'a str),
    /// The file stands alone.
    Alone,
}

/// What was found under a name.
pub(super) enum Found {
    /// The picture, and its name in the paper.
    Picture(String, Picture),
    /// Nothing was looked for; its path, where it stands within the file's own folder.
    Named(Option<String>),
}

impl Source<'_> {
    pub(super) fn picture(self, href: &str) -> Result<Found, Reason> {
        let shown = || crate::qti::fault::excerpt(href);
        if href.to_ascii_lowercase().ends_with(".svg") {
            return Err(Reason::Svg(shown()));
        }
        let (package, folder) = match self {
            Self::Alone => {
                let path = resolve("", href);
                // It may stand beside the file's own folder; how deep that lies is not known.
                if path.is_none() && resolve(ANY_FOLDER, href).is_none() {
                    return Err(Reason::Outside(shown()));
                }
                return Ok(Found::Named(path));
            }
            Self::Package(package, folder) => (package, folder),
        };
        let path = resolve(folder, href).ok_or_else(|| Reason::Outside(shown()))?;
        let bytes = package.get(&path).ok_or_else(|| Reason::Missing(shown()))?;
        if bytes.len() > PICTURE_BYTES_MAX {
            return Err(Reason::PictureTooLarge {
                name: shown(),
                bytes: bytes.len(),
                max: PICTURE_BYTES_MAX,
            });
        }
        let media_type = media_type(bytes).ok_or_else(|| {
            if looks_like_svg(bytes) {
                Reason::Svg(shown())
            } else {
                Reason::NotAPicture(shown())
            }
        })?;
        let picture = Picture {
            media_type: media_type.to_owned(),
            data: STANDARD.encode(bytes),
        };
        Ok(Found::Picture(name(bytes), picture))
    }
}

/// The same picture has the same name, however many items show it.
fn name(bytes: &[u8]) -> String {
    let hash = Hash::sha256(bytes).to_string();
    format!("p{}", &hash[..NAME_DIGITS])
}

/// The kind of picture that bytes begin as.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

fn looks_like_svg(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(512)]);
    head.contains("<svg") || head.contains("<?xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

    fn found(bytes: &[u8], href: &str) -> Result<String, String> {
        let package = Package::single("media/a b.png", bytes);
        match Source::Package(&package, "items").picture(href) {
            Ok(Found::Picture(name, picture)) => Ok(format!("{name} {}", picture.media_type)),
            Ok(Found::Named(_)) => panic!("{href}"),
            Err(reason) => Err(reason.to_string()),
        }
    }

    #[test]
    fn a_picture_is_known_by_its_bytes_and_its_name_says_nothing() {
        let named = found(PNG, "../media/a%20b.png").unwrap();
        assert!(
            named.starts_with('p') && named.ends_with(" image/png") && !named.contains("a b"),
            "{named}"
        );
        for (bytes, href, why) in [
            (PNG, "../../media/a%20b.png", "outside the package"),
            (PNG, "http://host/a.png", "outside the package"),
            (PNG, "a.png", "not in the package"),
            (PNG, "x.SVG", "SVG"),
            (b"<svg xmlns='x'/>", "../media/a%20b.png", "SVG"),
            (b"GIF9", "../media/a%20b.png", "no PNG"),
        ] {
            let refused = found(bytes, href).unwrap_err();
            assert!(refused.contains(why), "{href}: {refused}");
        }
        let mut large = PNG.to_vec();
        large.resize(PICTURE_BYTES_MAX + 1, 0);
        assert!(
            found(&large, "../media/a%20b.png")
                .unwrap_err()
                .contains("make it smaller")
        );
    }
}
