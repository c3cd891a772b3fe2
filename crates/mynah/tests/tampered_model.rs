//! Model files whose checksum is right and whose contents are not: refused as data, each for its own reason.
// A failed unwrap is a failed test, in helpers too.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::ops::ControlFlow;

use mynah::lvq::{Reach, Steps};
use mynah::{Model, ModelError, Pipeline, Provenance, Quantizer, TrainConfig, TrainingSet};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

fn trained() -> Model {
    let config = TrainConfig::default();
    let mut pipeline = Pipeline::new(config.input.pipeline().unwrap()).unwrap();
    let mut set = TrainingSet::new(pipeline.dim(), vec!["low".into(), "high".into()]);
    for (label, step) in [("low", 0.05), ("low", 0.06), ("high", 0.5), ("high", 0.6)] {
        let tone: Vec<f32> = (0..4_000)
            .map(|i| (step * i as f32).sin() * (0.001 * i as f32).sin())
            .collect();
        set.hear(&mut pipeline, &tone, label, "tone").unwrap();
    }
    let mut provenance = Provenance::new();
    provenance.clips = vec![3, 5];
    let model = mynah::train(&config, set, provenance, &mut |_| ControlFlow::Continue(()));
    model.unwrap()
}

/// The parts of a model file, to be changed and put together again with a right checksum.
struct Parts {
    card: Value,
    tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)>,
}

impl Parts {
    fn of_a_model() -> Self {
        Self::of(&trained())
    }

    /// In 4 bits, with steps of their own.
    fn of_a_quantized_model() -> Self {
        let model = trained();
        let mut quantizer = Quantizer::new(&model).unwrap();
        quantizer.guess();
        let whole = quantizer.quantize(4, Reach::Max, Steps::PerDimension);
        Self::of(&whole.unwrap())
    }

    fn of(model: &Model) -> Self {
        let bytes = model.to_bytes();
        let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
        let envelope = &metadata.metadata().as_ref().unwrap()["mynah"];
        let envelope: Value = serde_json::from_str(envelope).unwrap();
        let mut tensors: Vec<_> = SafeTensors::deserialize(&bytes)
            .unwrap()
            .iter()
            .map(|(name, t)| {
                (
                    name.to_string(),
                    t.dtype(),
                    t.shape().to_vec(),
                    t.data().to_vec(),
                )
            })
            .collect();
        tensors.sort_by(|a, b| a.0.cmp(&b.0));
        Self {
            card: envelope["model"].clone(),
            tensors,
        }
    }

    fn tensor(&mut self, name: &str) -> &mut (String, Dtype, Vec<usize>, Vec<u8>) {
        self.tensors.iter_mut().find(|t| t.0 == name).unwrap()
    }

    fn load(&self) -> Result<Model, ModelError> {
        let card = serde_json::value::to_raw_value(&self.card).unwrap();
        let views: Vec<(&str, TensorView<'_>)> = self
            .tensors
            .iter()
            .map(|(name, dtype, shape, data)| {
                (
                    name.as_str(),
                    TensorView::new(*dtype, shape.clone(), data).unwrap(),
                )
            })
            .collect();
        let envelope = format!(
            r#"{{"sha256":"{}","model":{}}}"#,
            digest(&card, &views),
            card.get()
        );
        let metadata = HashMap::from([("mynah".to_string(), envelope)]);
        Model::from_bytes(&safetensors::serialize(views, Some(metadata)).unwrap())
    }
}

/// As the documentation of the model file says.
fn digest(card: &RawValue, tensors: &[(&str, TensorView<'_>)]) -> String {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    add(card.get().as_bytes());
    for (name, tensor) in tensors {
        add(name.as_bytes());
        add(format!("{:?} {:?}", tensor.dtype(), tensor.shape()).as_bytes());
        add(tensor.data());
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn put_together_unchanged_it_loads() {
    assert_eq!(
        Parts::of_a_model().load().unwrap().labels(),
        ["low", "high"]
    );
}

type Change = fn(&mut Parts);

#[test]
fn every_contradiction_is_refused() {
    let changes: [(&str, Change); 13] = [
        ("a single label", |p| {
            p.card["labels"].as_array_mut().unwrap().pop();
            p.tensor("prototype_labels").3.fill(0);
        }),
        ("a label less", |p| {
            drop(p.card["labels"].as_array_mut().unwrap().pop())
        }),
        ("a label twice", |p| p.card["labels"][0] = "high".into()),
        ("an empty label", |p| p.card["labels"][0] = "".into()),
        ("no input", |p| {
            drop(p.card.as_object_mut().unwrap().remove("input"))
        }),
        ("no sample rate", |p| {
            p.card["input"]["audio"]["mfcc"]["sample_rate"] = 0.into()
        }),
        ("too many bands", |p| {
            p.card["input"]["audio"]["mfcc"]["n_mels"] = u64::MAX.into()
        }),
        ("other vectors", |p| {
            p.card["input"]["audio"]["mfcc"]["n_mfcc"] = 12.into()
        }),
        ("no prototypes", |p| {
            p.tensors.retain(|t| t.0 != "prototypes")
        }),
        ("prototypes as integers", |p| {
            p.tensor("prototypes").1 = Dtype::U16
        }),
        ("a prototype that is no number", |p| {
            // In half precision.
            p.tensor("prototypes").3[..2].copy_from_slice(&0x7e00u16.to_le_bytes());
        }),
        ("a class that is not there", |p| {
            p.tensor("prototype_labels").3[0] = 7
        }),
        ("clips out of order", |p| {
            p.tensor("training_clips").3.rotate_left(8)
        }),
    ];
    refused(Parts::of_a_model, &changes);
}

#[test]
fn every_contradiction_of_a_quantized_model_is_refused() {
    assert!(
        Parts::of_a_quantized_model()
            .load()
            .unwrap()
            .quantized()
            .is_some()
    );
    let changes: [(&str, Change); 8] = [
        ("a step of zero", |p| p.card["grid"]["step"] = 0.0.into()),
        ("a step below zero", |p| {
            p.card["grid"]["step"] = (-0.1).into()
        }),
        ("other bits", |p| p.card["grid"]["bits"] = 8.into()),
        ("bits that are not known", |p| {
            p.card["grid"]["bits"] = 3.into()
        }),
        ("a multiple of zero", |p| {
            p.card["grid"]["multiple"] = 0.into()
        }),
        ("no grid", |p| {
            drop(p.card.as_object_mut().unwrap().remove("grid"))
        }),
        ("a level out of range", |p| {
            p.tensor("prototype_levels").3[0] = 0x88
        }),
        ("an exponent out of range", |p| {
            p.tensor("exponents").3[0] = 9
        }),
    ];
    refused(Parts::of_a_quantized_model, &changes);
}

/// The parts are, changed so, each for its own reason.
fn refused(parts: fn() -> Parts, changes: &[(&str, Change)]) {
    for (name, change) in changes {
        let mut parts = parts();
        change(&mut parts);
        let error = parts.load().expect_err(name);
        assert!(
            matches!(error, ModelError::Inconsistent(_)),
            "{name}: {error}"
        );
    }
}

#[test]
fn a_setting_of_the_end_points_out_of_range_is_refused() {
    let mut parts = Parts::of_a_model();
    let endpoint = parts.card["input"]["audio"]["align"]["endpoint"]
        .as_object_mut()
        .unwrap();
    let names: Vec<String> = endpoint
        .keys()
        .filter(|name| name.contains("margin"))
        .cloned()
        .collect();
    assert_eq!(names.len(), 1);
    endpoint.insert(names[0].clone(), u64::MAX.into());
    assert!(matches!(parts.load(), Err(ModelError::Inconsistent(_))));
}
