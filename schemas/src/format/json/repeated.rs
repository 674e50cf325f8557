//! Keys that are given twice: such a record says two things at once, so nothing in it can be believed.

use super::tape::{Kind, Value};
use crate::contract::{Field, Holds, Shape};

/// The path of the first known key that stands twice in this object or in what the shape knows inside it.
///
/// `known` says which fields of the object itself are read; unknown keys may stand as often as they like.
pub(super) fn repeated_key(object: Value<'_>, shape: &Shape, path: &str, known: fn(&Field) -> bool) -> Option<String> {
    let mut seen = 0_u32;
    for (key, value) in object.members() {
        let mut fields = shape.fields.iter().enumerate().filter(|(_, field)| known(field));
        let Some((index, field)) = fields.find(|(_, field)| key.is_key(field.name)) else { continue };
        if seen & 1 << index != 0 {
            return Some(format!("{path}{}", field.name));
        }
        seen |= 1 << index;
        let inside = match field.holds {
            Holds::Object(shape) => repeated_key(value, shape, &format!("{path}{}.", field.name), |_| true),
            Holds::List(shape) if value.kind() == Kind::Array => {
                let path = |index| format!("{path}{}[{index}].", field.name);
                let mut elements = value.elements().enumerate();
                elements.find_map(|(index, element)| repeated_key(element, shape, &path(index), |_| true))
            }
            _ => None,
        };
        if inside.is_some() {
            return inside;
        }
    }
    None
}
