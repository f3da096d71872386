//! The two models, and what parts of a call have them do.

use crate::picture;
use cowork_tool::parallel::Part;
use cowork_tool::{Deserialize, Error, Serialize, assets};
use image::RgbImage;
use rten::{Model, ModelOptions, Value, ValueView, op_registry};

/// Pictures in, of sides that are multiples of [`GRAIN`]; for each pixel out how likely it belongs to text, of 255.
pub(crate) const DETECT: Part = Part::new("detect", |input| {
    let model = load("detection.onnx")?;
    let mut likely = Vec::new();
    for picture in picture::from_bytes(input)? {
        let (_, output) = run(&model, &picture)?.into_shape_vec::<f32, 4>().map_err(Error::failed)?;
        likely.extend(output.iter().map(|value| (value * 255.0) as u8));
    }
    Ok(likely)
});

/// Pictures of lines in, [`crate::strip::HEIGHT`] high; JSON of their [`Reading`]s out.
pub(crate) const RECOGNISE: Part = Part::new("recognise", |input| {
    let model = load("recognition.onnx")?;
    let letters =
        model.metadata().get("character").ok_or_else(|| Error::failed("the model has no letters"))?;
    let letters: Vec<&str> = letters.split('\n').collect();
    let mut readings = Vec::new();
    for strip in picture::from_bytes(input)? {
        let ([.., classes], output) =
            run(&model, &strip)?.into_shape_vec::<f32, 3>().map_err(Error::failed)?;
        readings.push(Reading::of(output.chunks_exact(classes), &letters));
    }
    serde_json::to_vec(&readings).map_err(Error::failed)
});

/// Sides of a picture for [`DETECT`] are multiples of this.
pub(crate) const GRAIN: u32 = 32;

/// What stands in a line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reading {
    pub(crate) text: String,
    /// Mean of its letters, from 0 to 1.
    pub(crate) confidence: f32,
}

impl Reading {
    /// From left to right: for each step how likely each letter is, the first class being no letter, the last a space.
    /// A letter that stays for several steps is one (connectionist temporal classification).
    fn of<'a>(steps: impl Iterator<Item = &'a [f32]>, letters: &[&str]) -> Self {
        let (mut text, mut sum, mut count, mut before) = (String::new(), 0.0, 0, 0);
        for step in steps {
            let likeliest = step.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            let (class, likely) = likeliest.map_or((0, 0.0), |(class, likely)| (class, *likely));
            if class != 0 && class != before {
                text.push_str(letters.get(class - 1).copied().unwrap_or(" "));
                sum += likely;
                count += 1;
            }
            before = class;
        }
        let confidence = if count == 0 { 0.0 } else { sum / count as f32 };
        Self { text: text.trim().to_owned(), confidence }
    }
}

/// What a model says of a picture.
fn run(model: &Model, picture: &RgbImage) -> Result<Value, Error> {
    let shape = [1, 3, picture.height() as usize, picture.width() as usize];
    let input = planes(picture);
    let input = ValueView::from_shape(shape.as_slice(), input.as_slice()).map_err(Error::failed)?;
    model.run_one(input.into(), None).map_err(Error::failed)
}

/// Blue, green, red, one after the other, each from -1 to 1: as the models were taught.
fn planes(picture: &RgbImage) -> Vec<f32> {
    let plane = |color: usize| picture.as_raw().iter().skip(color).step_by(3);
    [2, 1, 0].into_iter().flat_map(plane).map(|value| f32::from(*value) / 127.5 - 1.0).collect()
}

/// With those operators only that the two need: the others are left out of the component.
fn load(name: &str) -> Result<Model, Error> {
    let operators = op_registry!(
        Add,
        AveragePool,
        BatchNormalization,
        Concat,
        Conv,
        ConvTranspose,
        Div,
        Erf,
        GlobalAveragePool,
        HardSigmoid,
        Identity,
        MatMul,
        MaxPool,
        Mul,
        Pow,
        ReduceMean,
        Relu,
        Reshape,
        Resize,
        Shape,
        Sigmoid,
        Slice,
        Softmax,
        Sqrt,
        Squeeze,
        Sub,
        Transpose,
        Unsqueeze
    );
    let model = ModelOptions::with_ops(operators).load(assets::read(name)?);
    model.map_err(|error| Error::failed(error).about(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_that_stays_is_one_and_a_space_is_a_letter() {
        let step = |class: usize, likely: f32| {
            let mut step = [0.0; 4];
            step[class] = likely;
            step
        };
        let steps = [step(1, 0.9), step(1, 0.8), step(0, 1.0), step(1, 0.7), step(3, 0.5), step(2, 0.9)];
        let reading = Reading::of(steps.iter().map(|step| &step[..]), &["a", "b"]);
        assert_eq!(reading.text, "aa b");
        assert!((reading.confidence - 0.75).abs() < 1e-6);
        assert_eq!(Reading::of(std::iter::empty(), &["a"]), Reading::default());
    }

    #[test]
    fn colours_are_in_the_order_of_the_models() {
        let picture = RgbImage::from_pixel(2, 1, image::Rgb([255, 0, 51]));
        assert_eq!(planes(&picture), [-0.6, -0.6, -1.0, -1.0, 1.0, 1.0]);
    }
}
