//! The few elements of SVG that the drawings are made of.

use std::fmt::Write;

/// Colours by role, so that one document suits a light and a dark page; a series takes the classes `s0` to `s7`
/// (Okabe & Ito's colours, told apart by the colour-blind too).
const STYLE: &str = "svg{--paper:#fff;--ink:#1f2328;--faint:#d1d9e0;\
--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#cc79a7;--c4:#b58900;--c5:#56b4e9;--c6:#7a5195;--c7:#6e7781;\
font:12px system-ui,sans-serif}\
@media (prefers-color-scheme: dark){svg{--paper:#0d1117;--ink:#e6edf3;--faint:#3d444d;\
--c0:#58a6ff;--c1:#ff9d5c;--c2:#3fd6a5;--c3:#f0a8d0;--c4:#f0e442;--c5:#8fd3ff;--c6:#c4a7e7;--c7:#9198a1}}\
.paper{fill:var(--paper)}text{fill:var(--ink)}.title{font-size:15px;font-weight:600}\
.axis{stroke:var(--ink);fill:none}.faint{stroke:var(--faint);fill:none}.cell{stroke:var(--faint);stroke-width:.5}\
.series{fill:none;stroke-width:2;stroke-linejoin:round}\
.s0{stroke:var(--c0)}.s1{stroke:var(--c1)}.s2{stroke:var(--c2)}.s3{stroke:var(--c3)}\
.s4{stroke:var(--c4)}.s5{stroke:var(--c5)}.s6{stroke:var(--c6)}.s7{stroke:var(--c7)}";

/// Number of classes for series.
pub const N_SERIES: usize = 8;

/// Which end of a text stands at its point.
#[derive(Clone, Copy)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// A document in the making. Lengths are in pixels, from the upper left corner.
pub struct Svg {
    width: f64,
    height: f64,
    title: String,
    body: String,
}

impl Svg {
    pub fn new(width: f64, height: f64, title: &str) -> Self {
        let mut svg = Self {
            width,
            height,
            title: escape(title),
            body: String::new(),
        };
        svg.text(16.0, 24.0, Anchor::Start, "title", title);
        svg
    }

    pub fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.element(format_args!(
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        ));
    }

    pub fn polyline(&mut self, class: &str, points: &[(f64, f64)]) {
        let points = list(points);
        self.element(format_args!(
            "<polyline class=\"{class}\" points=\"{points}\"/>"
        ));
    }

    pub fn dot(&mut self, class: &str, (x, y): (f64, f64)) {
        self.element(format_args!(
            "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2\"/>"
        ));
    }

    pub fn frame(&mut self, x: f64, y: f64, width: f64, height: f64) {
        self.element(format_args!(
            "<rect class=\"axis\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
        ));
    }

    /// An area of a colour; `hint` is shown when it is pointed at.
    pub fn polygon(&mut self, fill: &str, corners: &[(f64, f64)], hint: &str) {
        let (points, hint) = (list(corners), escape(hint));
        self.element(format_args!(
            "<polygon class=\"cell\" fill=\"{fill}\" points=\"{points}\"><title>{hint}</title></polygon>"
        ));
    }

    pub fn text(&mut self, x: f64, y: f64, anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escape(text);
        self.element(format_args!(
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
        ));
    }

    /// A text that reads upwards, its middle at the point.
    pub fn upright(&mut self, x: f64, y: f64, text: &str) {
        let text = escape(text);
        self.element(format_args!(
            "<text transform=\"translate({x:.1} {y:.1}) rotate(-90)\" text-anchor=\"middle\">{text}</text>"
        ));
    }

    pub fn finish(self) -> String {
        let Self {
            width,
            height,
            title,
            body,
        } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
             width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\">\n<title>{title}</title>\n\
             <style>{STYLE}</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n{body}</svg>\n"
        )
    }

    fn element(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.body, "{element}");
    }
}

fn list(points: &[(f64, f64)]) -> String {
    let points = points.iter().map(|(x, y)| format!("{x:.2},{y:.2}"));
    points.collect::<Vec<_>>().join(" ")
}

/// Text as XML allows it: marks replaced, control characters left out.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() || ('\u{fffe}'..='\u{ffff}').contains(&c) => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_text() {
        let mut svg = Svg::new(100.0, 50.0, "a < b & \"c\"\u{0}");
        svg.upright(1.0, 2.0, "</text><script>");
        let drawing = crate::plots::well_formed(svg.finish());
        assert!(drawing.contains("<title>a &lt; b &amp; &quot;c&quot;</title>"));
        assert!(!drawing.contains("<script>"));
    }
}
