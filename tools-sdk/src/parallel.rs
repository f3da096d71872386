//! Parts of a call that run side by side, each in a fresh instance. A plugin that uses this imports
//! `cowork:host/parallel`, which has to be granted.

use crate::Error;
#[doc(hidden)]
pub use crate::parts_bindings::exports::cowork::tool::parts::Guest;

/// Something that a call can have done many times at once: a function from bytes to bytes. It sees no files and no other
/// interface than assets; all it needs is in its input. [`export_parts!`](crate::export_parts!) exports it.
///
/// ```
/// use cowork_tool::{Error, parallel::Part};
///
/// const SQUARE: Part = Part::new("square", |input| Ok(vec![input[0] * input[0]]));
/// cowork_tool::export_parts!(SQUARE);
///
/// # fn main() -> Result<(), Error> {
/// assert_eq!(SQUARE.over(vec![vec![2], vec![3]])?, [[4], [9]]);
/// # Ok(())
/// # }
/// ```
///
/// Outside of a host, as here and in a plugin's own tests, the inputs are gone through one after the other.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    name: &'static str,
    run: fn(&[u8]) -> Result<Vec<u8>, Error>,
}

impl Part {
    /// A part of this name that runs `function`.
    pub const fn new(name: &'static str, function: fn(&[u8]) -> Result<Vec<u8>, Error>) -> Self {
        Self { name, run: function }
    }

    /// Its name, unique in the plugin.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Runs it once for each input and gives what came of them, in the order of the inputs.
    ///
    /// # Errors
    /// What the first part that failed said.
    pub fn over(&self, inputs: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, Error> {
        over(self, inputs)
    }

    #[doc(hidden)]
    pub fn run(&self, input: &[u8]) -> Result<Vec<u8>, Error> {
        (self.run)(input)
    }
}

/// How many parts run at once. It is no use to cut work into many more.
pub fn width() -> usize {
    at_once()
}

#[cfg(target_family = "wasm")]
fn over(part: &Part, inputs: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, Error> {
    use crate::bindings::cowork::host::parallel as host;
    host::run(part.name, &inputs).map_err(|error| match error {
        host::Error::Failed((_, text)) | host::Error::TooMany(text) => Error::failed(text),
    })
}

#[cfg(not(target_family = "wasm"))]
fn over(part: &Part, inputs: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, Error> {
    inputs.iter().map(|input| part.run(input)).collect()
}

#[cfg(target_family = "wasm")]
fn at_once() -> usize {
    crate::bindings::cowork::host::parallel::width() as usize
}

#[cfg(not(target_family = "wasm"))]
fn at_once() -> usize {
    1
}

/// Exports the parts of this plugin, beside [`export!`](crate::export!): each a [`Part`]. Used once per crate, in its root.
#[macro_export]
macro_rules! export_parts {
    ($( $part:expr ),+ $(,)?) => {
        #[doc(hidden)]
        mod __cowork_parts {
            pub(super) struct Parts;

            #[cfg(target_family = "wasm")]
            $crate::parts_bindings::export_component_parts!(Parts with_types_in $crate::parts_bindings);
        }

        impl $crate::parallel::Guest for __cowork_parts::Parts {
            fn run(
                part: ::std::string::String,
                input: ::std::vec::Vec<u8>,
            ) -> ::std::result::Result<::std::vec::Vec<u8>, ::std::string::String> {
                $crate::parallel::answer(&[$( $part ),+], &part, &input)
            }
        }
    };
}

#[doc(hidden)]
pub fn answer(parts: &[Part], name: &str, input: &[u8]) -> Result<Vec<u8>, String> {
    let part = parts.iter().find(|part| part.name == name);
    let part = part.ok_or_else(|| format!("this plugin has no part `{name}`"))?;
    part.run(input).map_err(|error| error.message().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: Part = Part::new("half", |input| match input {
        [even] if even % 2 == 0 => Ok(vec![even / 2]),
        _ => Err(Error::failed("no half of that")),
    });

    #[test]
    fn results_come_in_the_order_of_the_inputs() {
        assert_eq!(HALF.over(vec![vec![8], vec![2], vec![4]]).expect("halves"), [[4], [1], [2]]);
        assert_eq!(HALF.over(vec![vec![8], vec![1]]).expect_err("odd").message(), "no half of that");
    }

    #[test]
    fn a_part_is_found_by_its_name() {
        assert_eq!(answer(&[HALF], "half", &[6]), Ok(vec![3]));
        assert_eq!(answer(&[HALF], "third", &[6]), Err("this plugin has no part `third`".to_owned()));
    }
}
