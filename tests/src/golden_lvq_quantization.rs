//! Fake quantization and a training under it against TensorFlow's, in f32 as there.

use mynah_lvq::{Codebook, Extent, FakeQuant, MovingExtent, schedule};
use serde::Deserialize;
use serde_json::Value;

/// The file's own bound, relative to the greatest magnitude of the range.
const TOLERANCE: f64 = 2e-6;
/// A value so near to a half may go to either level.
const NEAR_HALF: f64 = 1e-4;
/// Where the moving average of the trace starts, as TensorFlow's does.
const START: Extent = Extent {
    min: -6.0,
    max: 6.0,
};

#[derive(Deserialize)]
struct Op {
    num_bits: u8,
    narrow_range: bool,
    min: f32,
    max: f32,
    x: Vec<f32>,
    y: Vec<f32>,
    nudged_min: f32,
    nudged_max: f32,
    scale: f32,
    zero_point: f32,
    upstream_grad: Vec<f32>,
    grad_x: Vec<f32>,
    grad_min: f32,
    grad_max: f32,
}

/// One range: levels and gradients of every value.
pub(crate) fn op(json: &Value) -> Result<(usize, f64), String> {
    let case = Op::deserialize(json).map_err(|e| e.to_string())?;
    let extent = Extent {
        min: case.min,
        max: case.max,
    };
    let quant =
        FakeQuant::new(extent, case.num_bits, case.narrow_range).map_err(|e| e.to_string())?;
    let bound = TOLERANCE * f64::from(extent.magnitude());
    let nudged = quant.extent();
    let mut compared = Compared { bound, worst: 0.0 };
    compared.near("nudged_min", nudged.min, case.nudged_min)?;
    compared.near("nudged_max", nudged.max, case.nudged_max)?;
    compared.near("scale", quant.step(), case.scale)?;
    if f32::from(quant.zero_point()) != case.zero_point {
        let (got, expected) = (quant.zero_point(), case.zero_point);
        return Err(format!("zero_point is {got}, should be {expected}"));
    }
    let n = case.x.len();
    if [&case.y, &case.upstream_grad, &case.grad_x].map(Vec::len) != [n; 3] {
        return Err("x, y, upstream_grad and grad_x differ in length".into());
    }
    let (mut grad_min, mut grad_max) = (0.0, 0.0);
    for i in 0..n {
        let (x, got, expected) = (case.x[i], quant.value(case.x[i]), case.y[i]);
        let at = format!("x[{i}] = {x}");
        let is_neighbour = (got - expected).abs() <= 1.5 * case.scale;
        if !(is_neighbour && is_near_half(&case, x)) {
            compared.near(&at, got, expected)?;
        }
        let gradient = quant.gradient(x, case.upstream_grad[i]);
        if gradient.x != case.grad_x[i] {
            let (got, expected) = (gradient.x, case.grad_x[i]);
            return Err(format!("gradient of {at} is {got}, should be {expected}"));
        }
        grad_min += gradient.min;
        grad_max += gradient.max;
    }
    // Sums, whose order is not known.
    let largest = case.upstream_grad.iter().map(|g| f64::from(g.abs()));
    let mut sums = Compared {
        bound: TOLERANCE * largest.sum::<f64>(),
        worst: 0.0,
    };
    sums.near("grad_min", grad_min, case.grad_min)?;
    sums.near("grad_max", grad_max, case.grad_max)?;
    Ok((n, compared.worst / f64::from(extent.magnitude())))
}

fn is_near_half(case: &Op, x: f32) -> bool {
    let x = f64::from(x.clamp(case.nudged_min, case.nudged_max));
    let steps = (x - f64::from(case.nudged_min)) / f64::from(case.scale);
    (steps - steps.floor() - 0.5).abs() < NEAR_HALF
}

#[derive(Deserialize)]
struct Trace {
    samples: Vec<Vec<f32>>,
    labels: Vec<u32>,
    prototypes: Vec<Vec<f32>>,
    prototype_labels: Vec<u32>,
    quant_delay: usize,
    ema_decay: f64,
    alpha0: f64,
    bits: u8,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    quantized: bool,
    act_min: f32,
    act_max: f32,
    w_min: f32,
    w_max: f32,
    winner: usize,
    prototypes: Vec<Vec<f32>>,
}

/// LVQ1 under fake quantization: ranges from step 0, rounding after the delay, float prototypes that move by what the
/// rounded ones ask.
pub(crate) fn trace(json: &Value) -> Result<(usize, f64), String> {
    let trace = Trace::deserialize(json).map_err(|e| e.to_string())?;
    let n_samples = trace.samples.len();
    if n_samples == 0 || trace.labels.len() != n_samples || trace.steps.is_empty() {
        return Err("samples, labels and steps do not fit".into());
    }
    let fail = |e: mynah_lvq::Error| e.to_string();
    let dim = trace.samples[0].len();
    let labels = &trace.prototype_labels;
    let n_classes = trace.labels.iter().chain(labels).max();
    let n_classes = n_classes.map_or(0, |&label| label as usize + 1);
    let mut inputs = MovingExtent::new(START, trace.ema_decay).map_err(fail)?;
    let mut prototypes = trace.prototypes.concat();
    let values = trace.samples.iter().flatten().chain(&prototypes);
    let scale = values.fold(0.0f64, |m, v| m.max(f64::from(v.abs())));
    let mut compared = Compared {
        bound: TOLERANCE * scale,
        worst: 0.0,
    };
    for (t, step) in trace.steps.iter().enumerate() {
        let at = |what: &str| format!("step {t}: {what}");
        let (mut x, label) = (
            trace.samples[t % n_samples].clone(),
            trace.labels[t % n_samples],
        );
        inputs.follow(Extent::of(&x));
        let of_prototypes = Extent::of(&prototypes);
        compared.near(&at("act_min"), inputs.extent().min, step.act_min)?;
        compared.near(&at("act_max"), inputs.extent().max, step.act_max)?;
        compared.near(&at("w_min"), of_prototypes.min, step.w_min)?;
        compared.near(&at("w_max"), of_prototypes.max, step.w_max)?;
        let is_active = t >= trace.quant_delay;
        if is_active != step.quantized {
            return Err(at("the delay is off"));
        }
        let mut seen = prototypes.clone();
        if is_active {
            let quant = FakeQuant::new(inputs.extent(), trace.bits, false).map_err(fail)?;
            x.iter_mut().for_each(|x| *x = quant.value(*x));
            let quant = FakeQuant::new(of_prototypes, trace.bits, true).map_err(fail)?;
            seen.iter_mut().for_each(|w| *w = quant.value(*w));
        }
        let book = Codebook::new(dim, n_classes, seen, labels.clone()).map_err(fail)?;
        let decision = book.decide(&x);
        if decision.winner != step.winner {
            let (got, expected) = (decision.winner, step.winner);
            return Err(at(&format!("winner is {got}, should be {expected}")));
        }
        let rate = schedule::linear(trace.alpha0, t as u64, trace.steps.len() as u64);
        let towards = if decision.label == label { rate } else { -rate };
        let moved = &mut prototypes[decision.winner * dim..][..dim];
        let met = x.iter().zip(book.prototype(decision.winner));
        for (w, (&x, &seen)) in moved.iter_mut().zip(met) {
            *w = (f64::from(*w) + towards * (f64::from(x) - f64::from(seen))) as f32;
        }
        let expected = step.prototypes.concat();
        if expected.len() != prototypes.len() {
            return Err(at("prototypes of another size"));
        }
        for (&got, expected) in prototypes.iter().zip(expected) {
            compared.near(&at("prototypes"), got, expected)?;
        }
    }
    Ok((trace.steps.len(), compared.worst / scale))
}

struct Compared {
    bound: f64,
    worst: f64,
}

impl Compared {
    fn near(&mut self, what: &str, got: f32, expected: f32) -> Result<(), String> {
        let difference = f64::from((got - expected).abs());
        if difference.is_nan() || difference > self.bound {
            return Err(format!("{what}: {got} should be {expected}"));
        }
        self.worst = self.worst.max(difference);
        Ok(())
    }
}
