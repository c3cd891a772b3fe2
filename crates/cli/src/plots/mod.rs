//! Drawings of what was learnt: plain functions from data to a self-contained SVG document. Colours follow the viewer's
//! light or dark scheme; a cell tells its value when pointed at.

mod cells;
mod colour;
pub mod curves;
pub mod det;
pub mod heatmap;
pub mod planes;
mod svg;
mod ticks;
pub mod umatrix;

pub use svg::escape;

/// Name of an axis, with its unit in brackets where it has one.
fn label(name: &str, unit: &str) -> String {
    if unit.is_empty() {
        name.into()
    } else {
        format!("{name} ({unit})")
    }
}

/// What every drawing must be: one well-formed document. Returns it, for the caller to look into.
#[cfg(test)]
fn well_formed(drawing: String) -> String {
    assert!(drawing.starts_with("<svg ") && drawing.ends_with("</svg>\n"));
    assert!(drawing.contains("prefers-color-scheme: dark"));
    for bad in ["NaN", "inf", "http://www.w3.org/1999/xlink"] {
        assert!(!drawing.contains(bad), "{bad}");
    }
    let mut open = Vec::new();
    for tag in drawing.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("a tag ends");
        let name = tag.split_whitespace().next().expect("a tag has a name");
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name.to_string()));
        } else if !tag.ends_with('/') {
            open.push(name.to_string());
        }
    }
    assert!(open.is_empty());
    drawing
}
