//! Makes the binary anew when a file of the web page comes or goes.

fn main() {
    println!("cargo:rerun-if-changed=../ui");
}
