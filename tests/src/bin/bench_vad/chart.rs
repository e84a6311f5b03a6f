//! A bar chart as SVG: no script, no font of its own, readable on light and dark pages.

use std::fmt::Write as _;

const WIDTH: u32 = 760;
const MARGIN: u32 = 16;
const HEAD: u32 = 56;
const ROW: u32 = 34;
const BAR: u32 = 20;
const LABELS: u32 = 240;
/// Room for the figures beyond the longest bar.
const FIGURES: u32 = 150;

const STYLE: &str = "text { font: 14px system-ui, sans-serif; fill: #1f2328 } \
    .title { font-weight: 600; font-size: 16px } .unit { fill: #59636e } \
    .ours { fill: #0969da } .other { fill: #818b98 } \
    @media (prefers-color-scheme: dark) { text { fill: #f0f6fc } .unit { fill: #9198a1 } \
    .ours { fill: #4493f8 } .other { fill: #656c76 } }";

/// What the chart says in words.
#[derive(Debug)]
pub(crate) struct Chart {
    /// The headline.
    pub(crate) title: String,
    /// One line below it: what is measured, in which unit.
    pub(crate) subtitle: String,
    /// From the shortest to the longest, as they are to be shown.
    pub(crate) bars: Vec<Bar>,
}

/// One bar.
#[derive(Debug)]
pub(crate) struct Bar {
    /// What it stands for.
    pub(crate) label: String,
    /// How long it is.
    pub(crate) value: f64,
    /// What stands at its end.
    pub(crate) figures: String,
    /// Whether it is drawn to be seen first.
    pub(crate) is_ours: bool,
}

impl Chart {
    /// The chart as an SVG document.
    pub(crate) fn render(&self) -> String {
        let height = HEAD + ROW * self.bars.len() as u32 + MARGIN;
        let title = escaped(&self.title);
        let subtitle = escaped(&self.subtitle);
        let mut svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-labelledby="title desc">
<title id="title">{title}</title>
<desc id="desc">{subtitle}: {}</desc>
<style>{STYLE}</style>
<text class="title" x="{MARGIN}" y="26">{title}</text>
<text class="unit" x="{MARGIN}" y="46">{subtitle}</text>
"#,
            escaped(&self.in_words())
        );
        let longest = self.bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
        let room = f64::from(WIDTH - LABELS - FIGURES - MARGIN);
        for (index, bar) in self.bars.iter().enumerate() {
            let top = HEAD + ROW * index as u32 + (ROW - BAR) / 2;
            let text_y = top + BAR - 5;
            let length = (bar.value / longest * room).max(2.0);
            let class = if bar.is_ours { "ours" } else { "other" };
            // Writing to a string cannot fail.
            let _ = write!(
                svg,
                r#"<text x="{label_x}" y="{text_y}" text-anchor="end">{label}</text>
<rect class="{class}" x="{LABELS}" y="{top}" width="{length:.1}" height="{BAR}" rx="2"/>
<text x="{figures_x:.1}" y="{text_y}">{figures}</text>
"#,
                label_x = LABELS - 10,
                label = escaped(&bar.label),
                figures_x = f64::from(LABELS) + length + 8.0,
                figures = escaped(&bar.figures),
            );
        }
        svg.push_str("</svg>\n");
        svg
    }

    /// The bars for those who do not see them.
    fn in_words(&self) -> String {
        let bars = self
            .bars
            .iter()
            .map(|bar| format!("{} {}", bar.label, bar.figures));
        bars.collect::<Vec<_>>().join("; ")
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(label: &str, value: f64) -> Bar {
        Bar {
            label: label.to_owned(),
            value,
            figures: format!("{value} us"),
            is_ours: label == "ours",
        }
    }

    #[test]
    fn bars_are_as_long_as_their_values_and_fill_the_room() {
        let svg = Chart {
            title: "Speed".to_owned(),
            subtitle: "us".to_owned(),
            bars: vec![bar("ours", 25.0), bar("other", 100.0)],
        }
        .render();
        let room = WIDTH - LABELS - FIGURES - MARGIN;
        for (class, length) in [("ours", f64::from(room) / 4.0), ("other", f64::from(room))] {
            let start = format!(r#"<rect class="{class}" "#);
            let rect = svg.lines().find(|line| line.starts_with(&start));
            let width = format!(r#" width="{length:.1}""#);
            assert!(rect.is_some_and(|rect| rect.contains(&width)), "{svg}");
        }
    }

    #[test]
    fn says_in_words_what_it_shows_and_escapes_them() {
        let svg = Chart {
            title: "A & B".to_owned(),
            subtitle: "less <is> better".to_owned(),
            bars: vec![bar("ours", 1.0)],
        }
        .render();
        assert!(
            svg.contains(r#"<title id="title">A &amp; B</title>"#),
            "{svg}"
        );
        let words = r#"<desc id="desc">less &lt;is&gt; better: ours 1 us</desc>"#;
        assert!(svg.contains(words), "{svg}");
    }
}
