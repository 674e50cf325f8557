//! Keys that are given twice: such a record says two things at once, so nothing in it can be believed.

use super::tape::{Kind, Value};
use crate::contract::{Field, Holds, Shape};

/// The path, from this object on, of the first known key that stands twice in it or in what the shape knows inside it.
///
/// `known` says which fields of the object itself are read; unknown keys may stand as often as they like.
pub(super) fn repeated_key(object: Value<'_>, shape: &Shape, known: fn(&Field) -> bool) -> Option<String> {
    let fields = shape.fields;
    let (mut seen, mut next) = (0_u32, 0);
    for (key, value) in object.members() {
        // Members mostly stand in the order of the shape.
        let mut from_next = (next..fields.len()).chain(0..next);
        let Some(index) = from_next.find(|index| key.is_key(fields[*index].name)) else { continue };
        let field = &fields[index];
        next = index + 1;
        if !known(field) {
            continue;
        }
        if seen & 1 << index != 0 {
            return Some(field.name.to_owned());
        }
        seen |= 1 << index;
        let inside = repeated_inside(value, field);
        if inside.is_some() {
            return inside;
        }
    }
    None
}

/// The path, from the object that has this field on, of the first known key that stands twice in the field's value.
fn repeated_inside(value: Value<'_>, field: &Field) -> Option<String> {
    let all = |_: &Field| true;
    match field.holds {
        Holds::Object(shape) => repeated_key(value, shape, all).map(|path| format!("{}.{path}", field.name)),
        Holds::List(shape) if value.kind() == Kind::Array => {
            value.elements().enumerate().find_map(|(index, element)| {
                repeated_key(element, shape, all).map(|path| format!("{}[{index}].{path}", field.name))
            })
        }
        _ => None,
    }
}
