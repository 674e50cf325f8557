//! Which questions a dossier has asked: few numbers, in 16 bytes.

use thin_vec::ThinVec;

use super::world::QuestionId;

/// So many fit without an allocation.
const FEW: usize = 3;

/// Numbers of questions, ascending. There is a list for every dossier, and most have few.
pub(crate) enum Asked {
    /// So many of these.
    Few(u8, [QuestionId; FEW]),
    /// More.
    Many(ThinVec<QuestionId>),
}

const _: () = assert!(size_of::<Asked>() == 16);

impl Default for Asked {
    fn default() -> Self {
        Asked::Few(0, [0; FEW])
    }
}

impl From<&[QuestionId]> for Asked {
    fn from(asked: &[QuestionId]) -> Asked {
        let mut few = [0; FEW];
        match few.get_mut(..asked.len()) {
            Some(place) => {
                place.copy_from_slice(asked);
                Asked::Few(asked.len() as u8, few)
            }
            None => Asked::Many(asked.iter().copied().collect()),
        }
    }
}

impl Asked {
    /// The numbers.
    pub(crate) fn ids(&self) -> &[QuestionId] {
        match self {
            Asked::Few(count, ids) => &ids[..usize::from(*count)],
            Asked::Many(ids) => ids,
        }
    }
}
