//! `has_table_privilege` and its like: everybody who is connected may read, and nobody may do anything else.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

const FUNCTIONS: &[&str] = &[
    "has_any_column_privilege",
    "has_column_privilege",
    "has_database_privilege",
    "has_function_privilege",
    "has_language_privilege",
    "has_schema_privilege",
    "has_sequence_privilege",
    "has_table_privilege",
    "has_tablespace_privilege",
    "has_type_privilege",
];

/// What everybody may.
const GIVEN: &[&str] = &["SELECT", "USAGE", "CONNECT", "EXECUTE"];

/// The functions.
pub(super) fn all() -> Vec<ScalarUDF> {
    let shapes: Vec<TypeSignature> = (2..=4).map(TypeSignature::Any).collect();
    let signature = Signature::one_of(shapes, Volatility::Stable);
    FUNCTIONS.iter().map(|name| ScalarUDF::from(HasPrivilege { name, signature: signature.clone() })).collect()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct HasPrivilege {
    name: &'static str,
    signature: Signature,
}

/// Whether one of the privileges, separated by commas, is given.
fn is_given(privileges: &str) -> bool {
    privileges.split(',').any(|privilege| GIVEN.iter().any(|given| given.eq_ignore_ascii_case(privilege.trim())))
}

impl ScalarUDFImpl for HasPrivilege {
    fn name(&self) -> &'static str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let privileges = cast(&arrays[arrays.len() - 1], &DataType::Utf8)?;
        let given = privileges.as_string::<i32>().iter().map(|privileges| privileges.map(is_given));
        let given: ArrayRef = Arc::new(given.collect::<BooleanArray>());
        Ok(ColumnarValue::Array(given))
    }
}
