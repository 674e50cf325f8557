//! Values by number, in blocks that never move: no allocation for each, no copy when there are more.

/// Values in one block.
const BLOCK: usize = 64;

/// Values by number; the numbers of removed values are used again.
#[derive(Debug)]
pub struct Slab<T> {
    blocks: Vec<Box<[Option<T>]>>,
    free: Vec<u32>,
    next: u32,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Slab { blocks: Vec::new(), free: Vec::new(), next: 0 }
    }
}

impl<T> Slab<T> {
    /// Puts a value in and returns its number.
    pub fn insert(&mut self, value: T) -> u32 {
        let number = self.free.pop().unwrap_or_else(|| {
            if self.next as usize == self.blocks.len() * BLOCK {
                self.blocks.push((0..BLOCK).map(|_| None).collect());
            }
            self.next += 1;
            self.next - 1
        });
        *self.place(number) = Some(value);
        number
    }

    /// Takes a value out.
    ///
    /// # Panics
    /// If there is none with this number.
    pub fn remove(&mut self, number: u32) -> T {
        let value = self.place(number).take().expect("a value is removed once");
        self.free.push(number);
        value
    }

    /// The value with this number.
    ///
    /// # Panics
    /// If there is none.
    pub fn get(&self, number: u32) -> &T {
        let place = &self.blocks[number as usize / BLOCK][number as usize % BLOCK];
        place.as_ref().expect("a number in use has a value")
    }

    /// The value with this number, where there is one.
    pub fn find(&self, number: u32) -> Option<&T> {
        self.blocks.get(number as usize / BLOCK)?[number as usize % BLOCK].as_ref()
    }

    /// The value with this number.
    ///
    /// # Panics
    /// If there is none.
    pub fn get_mut(&mut self, number: u32) -> &mut T {
        self.place(number).as_mut().expect("a number in use has a value")
    }

    fn place(&mut self, number: u32) -> &mut Option<T> {
        &mut self.blocks[number as usize / BLOCK][number as usize % BLOCK]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_used_again_and_values_stay_where_they_are() {
        let mut slab = Slab::default();
        let numbers: Vec<u32> = (0..200).map(|value| slab.insert(value)).collect();
        assert_eq!(numbers, (0..200).collect::<Vec<u32>>());
        assert_eq!((slab.remove(7), slab.remove(100)), (7, 100));
        assert_eq!((slab.insert(1_000), slab.insert(1_001), slab.insert(1_002)), (100, 7, 200));
        *slab.get_mut(3) += 1;
        assert_eq!((*slab.get(3), *slab.get(7), *slab.get(199)), (4, 1_001, 199));
    }
}
