//! What was measured, as one SVG picture: real blocks, synthetic blocks, and the curve over threads.
//!
//! Invariant: colours come from the style sheet alone, which has a set for light and one for dark.

use crate::{
    measure::{Measured, geometric, mgas},
    subject::LARGE,
};
use blocklight_tests::{SIMULATED_THREADS, Simulated};
use std::fmt::{self, Write as _};

/// Everything that was measured.
#[derive(Debug)]
pub(crate) struct Results {
    pub(crate) threads: usize,
    pub(crate) synthetic: Vec<Measured>,
    pub(crate) real: Vec<Measured>,
    /// Of the large real blocks.
    pub(crate) simulated: Vec<Simulated>,
}

impl Results {
    pub(crate) const fn new(threads: usize) -> Self {
        Self {
            threads,
            synthetic: Vec::new(),
            real: Vec::new(),
            simulated: Vec::new(),
        }
    }

    /// Geometric mean of what was measured of the large real blocks on so many threads, if it was.
    pub(crate) fn measured(&self, threads: usize) -> Option<f64> {
        let large = self.real.iter().filter(|it| it.gas >= LARGE);
        let mean = match threads {
            1 => geometric(large.map(|it| it.alone)),
            _ if threads == self.threads => geometric(large.map(|it| it.speculative)),
            _ => return None,
        };
        (!mean.is_nan()).then_some(mean)
    }

    /// Geometric mean of the critical paths' bounds.
    pub(crate) fn bound(&self) -> f64 {
        geometric(self.simulated.iter().map(|it| it.bound))
    }
}

/// Goals on two threads.
const GOAL_INDEPENDENT: f64 = 1.8;
const GOAL_REAL: f64 = 1.35;
const GOAL_LEAST: f64 = 0.95;

const STYLE: &str = "
  svg { background: #fff; color: #222; font: 13px system-ui, sans-serif; --mark: #0b62c4; --goal: #b3431a; --other: #2a7d46; }
  @media (prefers-color-scheme: dark) {
    svg { background: #15181c; color: #ddd; --mark: #6db1ff; --goal: #ff9a6b; --other: #7fd69b; }
  }
  text { fill: currentColor; } .title { font-size: 16px; font-weight: 600; }
  .grid { stroke: currentColor; stroke-opacity: .15; } .axis { stroke: currentColor; stroke-opacity: .6; }
  .goal { stroke: var(--goal); stroke-dasharray: 6 4; } text.goal { fill: var(--goal); stroke: none; }
  .mark { fill: var(--mark); } .small { fill: var(--mark); fill-opacity: .35; } .mean { stroke: var(--mark); stroke-width: 2; }
  .curve { fill: none; stroke: var(--other); stroke-width: 2; } .bound { stroke: var(--other); stroke-dasharray: 2 4; }
  text.other { fill: var(--other); }
";

const WIDTH: f64 = 960.0;
const PANEL: f64 = 340.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 910.0;

/// A coordinate system: where values lie in the picture.
#[derive(Clone, Copy)]
struct Frame {
    top: f64,
    bottom: f64,
    across: (f64, f64),
    up: (f64, f64),
}

impl Frame {
    fn panel(number: f64, across: (f64, f64), up: (f64, f64)) -> Self {
        Self {
            top: number * PANEL + 45.0,
            bottom: (number + 1.0) * PANEL - 45.0,
            across,
            up,
        }
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + (value - self.across.0) / (self.across.1 - self.across.0) * (RIGHT - LEFT)
    }

    fn y(&self, value: f64) -> f64 {
        let share = (value - self.up.0) / (self.up.1 - self.up.0);
        self.bottom - share.clamp(0.0, 1.0) * (self.bottom - self.top)
    }
}

/// The picture as it grows.
struct Picture(String);

impl Picture {
    fn text(&mut self, x: f64, y: f64, class: &str, anchor: &str, words: impl fmt::Display) {
        let _ = writeln!(
            self.0,
            r#"<text x="{x:.1}" y="{y:.1}" class="{class}" text-anchor="{anchor}">{words}</text>"#
        );
    }

    fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let _ = writeln!(
            self.0,
            r#"<line class="{class}" x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}"/>"#
        );
    }

    fn dot(&mut self, class: &str, x: f64, y: f64, says: impl fmt::Display) {
        let _ = writeln!(
            self.0,
            r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="4"><title>{says}</title></circle>"#
        );
    }

    /// Title, horizontal grid and its labels.
    fn frame(&mut self, frame: &Frame, title: &str, step: f64) {
        self.text(LEFT, frame.top - 18.0, "title", "start", title);
        let mut value = frame.up.0;
        while value <= frame.up.1 + 1e-9 {
            let y = frame.y(value);
            self.line("grid", (LEFT, y), (RIGHT, y));
            self.text(LEFT - 8.0, y + 4.0, "", "end", format_args!("{value:.2} ×"));
            value += step;
        }
        self.line("axis", (LEFT, frame.y(1.0)), (RIGHT, frame.y(1.0)));
    }

    fn goal(&mut self, frame: &Frame, value: f64, from: f64, words: &str) {
        let y = frame.y(value);
        self.line("goal", (from, y), (RIGHT, y));
        let says = format!("goal {value:.2}: {words}");
        self.text(RIGHT, y - 5.0, "goal", "end", says);
    }
}

/// The whole picture.
pub(crate) fn svg(results: &Results) -> String {
    let height = 3.0 * PANEL;
    let mut picture = Picture(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n\
         <title>Sequential against parallel execution</title>\n<style>{STYLE}</style>\n"
    ));
    real(&mut picture, results);
    synthetic(&mut picture, results);
    curve(&mut picture, results);
    picture.0.push_str("</svg>\n");
    picture.0
}

fn real(picture: &mut Picture, results: &Results) {
    // From one transfer to more than any block here.
    let log = |gas: u64| mgas(gas.max(21_000)).log10();
    let frame = Frame::panel(0.0, (log(21_000), log(100_000_000)), (0.5, 2.0));
    let title = format!(
        "Real blocks: automatic schedule on {} threads, times as fast as sequentially",
        results.threads
    );
    picture.frame(&frame, &title, 0.25);
    for gas in [100_000, 1_000_000, LARGE, 10_000_000, 30_000_000, 100_000_000] {
        let x = frame.x(log(gas));
        picture.line("grid", (x, frame.top), (x, frame.bottom));
        picture.text(
            x,
            frame.bottom + 18.0,
            "",
            "middle",
            format_args!("{} Mgas", mgas(gas)),
        );
    }
    let from = frame.x(log(LARGE));
    picture.goal(&frame, GOAL_REAL, from, "geometric mean from 4 Mgas on");
    picture.goal(&frame, GOAL_LEAST, LEFT, "none below");
    for it in &results.real {
        let class = if it.gas >= LARGE { "mark" } else { "small" };
        let says = format!(
            "{}: {} txs, {:.2} Mgas, {:.2} ×",
            it.name,
            it.transactions,
            mgas(it.gas),
            it.auto
        );
        picture.dot(class, frame.x(log(it.gas)), frame.y(it.auto), says);
    }
    let mean = geometric(results.real.iter().filter(|it| it.gas >= LARGE).map(|it| it.auto));
    if !mean.is_nan() {
        let y = frame.y(mean);
        picture.line("mean", (from, y), (RIGHT, y));
        let says = format!("geometric mean {mean:.2}");
        picture.text(from + 6.0, y - 5.0, "", "start", says);
    }
}

fn synthetic(picture: &mut Picture, results: &Results) {
    #[expect(clippy::cast_precision_loss, reason = "a handful of blocks")]
    let many = results.synthetic.len().max(1) as f64;
    let frame = Frame::panel(1.0, (0.0, many), (0.0, 2.0));
    let title = format!(
        "Synthetic blocks: speculative schedule on {} threads",
        results.threads
    );
    picture.frame(&frame, &title, 0.5);
    picture.goal(&frame, GOAL_INDEPENDENT, LEFT, "independent blocks");
    picture.goal(&frame, GOAL_LEAST, LEFT, "the chain");
    let mut place = 0.0;
    for it in &results.synthetic {
        let (left, right) = (frame.x(place + 0.25), frame.x(place + 0.75));
        let (top, middle) = (frame.y(it.speculative), f64::midpoint(left, right));
        let (width, height) = (right - left, frame.bottom - top);
        let _ = writeln!(
            picture.0,
            r#"<rect class="mark" x="{left:.1}" y="{top:.1}" width="{width:.1}" height="{height:.1}"/>"#
        );
        picture.text(
            middle,
            top - 5.0,
            "",
            "middle",
            format_args!("{:.2} ×", it.speculative),
        );
        picture.text(middle, frame.bottom + 18.0, "", "middle", &it.name);
        place += 1.0;
    }
}

fn curve(picture: &mut Picture, results: &Results) {
    let points: Vec<_> = SIMULATED_THREADS
        .enumerate()
        .map(|(place, threads)| {
            let ups = results
                .simulated
                .iter()
                .filter_map(|it| it.speed_ups.get(place).copied());
            (threads, geometric(ups))
        })
        .filter(|(_, mean)| !mean.is_nan())
        .collect();
    let bound = results.bound();
    let highest = if bound.is_nan() { 2.0 } else { bound.ceil() };
    #[expect(clippy::cast_precision_loss, reason = "few threads")]
    let (first, last) = (*SIMULATED_THREADS.start() as f64, *SIMULATED_THREADS.end() as f64);
    let frame = Frame::panel(2.0, (first, last), (0.0, highest));
    let title = "Real blocks from 4 Mgas on, over threads: simulated (line) and measured (dots)";
    picture.frame(&frame, title, if highest > 4.0 { 1.0 } else { 0.5 });
    let mut path = String::new();
    for (threads, mean) in &points {
        #[expect(clippy::cast_precision_loss, reason = "few threads")]
        let (x, y) = (frame.x(*threads as f64), frame.y(*mean));
        let _ = write!(path, "{}{x:.1} {y:.1}", if path.is_empty() { "M" } else { " L" });
        picture.text(x, frame.bottom + 18.0, "", "middle", threads);
        if let Some(measured) = results.measured(*threads) {
            let y = frame.y(measured);
            picture.dot("mark", x, y, format_args!("measured {measured:.2} ×"));
            picture.text(x + 8.0, y + 18.0, "", "start", format_args!("{measured:.2}"));
        }
    }
    let _ = writeln!(picture.0, r#"<path class="curve" d="{path}"/>"#);
    picture.text(
        f64::midpoint(LEFT, RIGHT),
        frame.bottom + 36.0,
        "",
        "middle",
        "threads",
    );
    if !bound.is_nan() {
        let y = frame.y(bound);
        picture.line("bound", (LEFT, y), (RIGHT, y));
        let says = format!("critical paths' bound {bound:.2}");
        picture.text(RIGHT, y + 16.0, "other", "end", says);
    }
    if let Some((threads, mean)) = points.iter().find(|(threads, _)| *threads == 8) {
        #[expect(clippy::cast_precision_loss, reason = "few threads")]
        let x = frame.x(*threads as f64);
        picture.text(
            x,
            frame.y(*mean) - 8.0,
            "other",
            "middle",
            format_args!("simulated {mean:.2} on 8"),
        );
    }
}
