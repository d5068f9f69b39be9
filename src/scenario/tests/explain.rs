//! The text of `check`.

use super::*;

#[test]
fn show() {
    println!("{}", explain(&valid(EXAMPLE, &[])));
    println!("{}", explain(&valid(SMALL, &["fault.vm_crash.rate=1/y"])));
}
