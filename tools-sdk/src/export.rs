//! The macro that makes a plugin out of functions.

use crate::bindings::exports::cowork::tool::tools as wit;
use crate::{Error, Tool};

/// Exports functions as the tools of this plugin. Used once per crate, in its root.
///
/// A tool has the name of its function, and these fields in this order; all but `description` may be left out:
///
/// ```
/// # use cowork_tool::{Deserialize, Error, Json, JsonSchema, Serialize};
/// # #[derive(Deserialize, JsonSchema)]
/// # struct Count { path: String }
/// # #[derive(Serialize, JsonSchema)]
/// # struct Counted { lines: u64 }
/// # fn count_lines(_: Count) -> Result<Json<Counted>, Error> { Ok(Json(Counted { lines: 0 })) }
/// # fn clear(_: ()) -> Result<(), Error> { Ok(()) }
/// cowork_tool::export!(
///     count_lines {
///         title: "Count lines",                 // what people read instead of the name
///         description: "Counts the lines of a text file.", // what it does and when to use it, for a model
///         annotations: [read_only, idempotent], // also: destructive, open_world
///         output: Counted,                      // the type whose schema the structured result follows
///     },
///     clear { description: "Empties every file.", annotations: [destructive] },
/// );
/// # fn main() {}
/// ```
///
/// The function takes one argument, which is [`Deserialize`](crate::Deserialize) and
/// [`JsonSchema`](crate::JsonSchema), and returns a `Result` of anything that is [`IntoOutput`](crate::IntoOutput).
#[macro_export]
macro_rules! export {
    ($(
        $tool:ident {
            $( title: $title:expr, )?
            description: $description:expr
            $(, annotations: [ $( $annotation:ident ),* $(,)? ] )?
            $(, output: $output:ty )?
            $(,)?
        }
    ),* $(,)?) => {
        #[doc(hidden)]
        mod __cowork_plugin {
            pub(super) struct Plugin;

            // Only a component has these exports: their names mean nothing to a native linker, which a plugin's
            // own unit tests are linked with.
            #[cfg(target_family = "wasm")]
            $crate::bindings::export_component!(Plugin with_types_in $crate::bindings);
        }

        impl $crate::export::Plugin for __cowork_plugin::Plugin {
            fn tools() -> ::std::vec::Vec<$crate::Tool> {
                ::std::vec![$(
                    $crate::Tool::new(::std::stringify!($tool), $tool)
                        .description($description)
                        $( .title($title) )?
                        $( $( .$annotation() )* )?
                        $( .output::<$output>() )?
                ),*]
            }
        }
    };
}

/// What the macro makes: the tools of one component.
pub trait Plugin {
    /// All of them, always the same.
    fn tools() -> Vec<Tool>;
}

impl<P: Plugin> wit::Guest for P {
    fn list_tools() -> Vec<wit::Definition> {
        P::tools().iter().map(Tool::definition).collect()
    }

    fn call(name: String, arguments: String) -> Result<wit::Output, wit::Error> {
        let tool = P::tools().into_iter().find(|tool| tool.name() == name);
        let tool =
            tool.ok_or_else(|| Error::invalid(format!("this plugin has no tool `{name}`")).into_wit())?;
        match tool.call(&arguments) {
            Ok(output) => Ok(output.into_wit()),
            Err(error) => Err(error.into_wit()),
        }
    }
}
