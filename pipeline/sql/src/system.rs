//! Functions that clients ask a PostgreSQL server about itself.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use datafusion::scalar::ScalarValue;

use super::parameters;

/// What `version()` says. Tools read the number to choose how to ask.
pub(super) const VERSION: &str = concat!("PostgreSQL 16.6 (Landfall ", env!("CARGO_PKG_VERSION"), ")");

/// PostgreSQL's number of UTF-8.
const UTF8_ENCODING: i32 = 6;

/// What is there can be named without its schema.
const VISIBLE: &[&str] = &[
    "pg_collation_is_visible",
    "pg_conversion_is_visible",
    "pg_function_is_visible",
    "pg_opclass_is_visible",
    "pg_operator_is_visible",
    "pg_opfamily_is_visible",
    "pg_statistics_obj_is_visible",
    "pg_ts_config_is_visible",
    "pg_ts_dict_is_visible",
    "pg_ts_parser_is_visible",
    "pg_ts_template_is_visible",
    "pg_type_is_visible",
];

/// The functions.
pub(super) fn all() -> Vec<ScalarUDF> {
    let text = |value: Option<&str>| ScalarValue::Utf8(value.map(str::to_owned));
    let nothing = text(None);
    let constants = [
        ("version", text(Some(VERSION))),
        ("pg_is_in_recovery", ScalarValue::Boolean(Some(false))),
        ("pg_is_wal_replay_paused", ScalarValue::Boolean(Some(false))),
        ("pg_my_temp_schema", ScalarValue::Int32(Some(0))),
        ("txid_current", ScalarValue::Int64(Some(0))),
        ("inet_server_addr", nothing.clone()),
        ("inet_client_addr", nothing.clone()),
        ("inet_server_port", ScalarValue::Int32(None)),
        ("pg_get_viewdef", nothing.clone()),
        ("pg_get_triggerdef", nothing.clone()),
        ("pg_get_ruledef", nothing.clone()),
        ("pg_get_serial_sequence", nothing.clone()),
        ("pg_tablespace_location", nothing.clone()),
        ("pg_get_function_sqlbody", nothing.clone()),
        ("pg_get_statisticsobjdef_columns", nothing.clone()),
        ("getdatabaseencoding", text(Some("UTF8"))),
        ("pg_stat_get_numscans", ScalarValue::Int64(Some(0))),
        ("pg_table_size", ScalarValue::Int64(Some(0))),
        ("pg_size_pretty", text(Some("0 bytes"))),
        ("pg_database_size", ScalarValue::Int64(Some(0))),
        ("pg_tablespace_size", ScalarValue::Int64(Some(0))),
        ("pg_indexes_size", ScalarValue::Int64(Some(0))),
        ("pg_char_to_encoding", ScalarValue::Int32(Some(UTF8_ENCODING))),
        ("pg_get_userbyid", text(Some(super::catalog::DATABASE))),
    ];
    let constant = |(name, value)| ScalarUDF::from(Constant::new(name, value));
    let visible = VISIBLE.iter().map(|name| (*name, ScalarValue::Boolean(Some(true))));
    let mut functions: Vec<ScalarUDF> = constants.into_iter().chain(visible).map(constant).collect();
    functions.push(ScalarUDF::from(Setting::new("current_setting", 1, 2)));
    functions.push(ScalarUDF::from(Setting::new("set_config", 3, 3)));
    functions
}

/// Always the same, whatever it is asked.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Constant {
    name: &'static str,
    value: ScalarValue,
    signature: Signature,
}

impl Constant {
    fn new(name: &'static str, value: ScalarValue) -> Constant {
        let volatility = Volatility::Stable;
        let signature = Signature::one_of(
            [
                vec![datafusion::logical_expr::TypeSignature::Nullary],
                (1..4).map(datafusion::logical_expr::TypeSignature::Any).collect(),
            ]
            .concat(),
            volatility,
        );
        Constant { name, value, signature }
    }
}

impl ScalarUDFImpl for Constant {
    fn name(&self) -> &'static str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(self.value.data_type())
    }

    fn invoke_with_args(&self, _arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Scalar(self.value.clone()))
    }
}

/// `current_setting(name)`, and `set_config(name, value, is_local)`, which changes nothing and says what would be.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Setting {
    name: &'static str,
    signature: Signature,
}

impl Setting {
    fn new(name: &'static str, least: usize, most: usize) -> Setting {
        let shapes = (least..=most).map(datafusion::logical_expr::TypeSignature::Any).collect();
        Setting { name, signature: Signature::one_of(shapes, Volatility::Stable) }
    }
}

impl ScalarUDFImpl for Setting {
    fn name(&self) -> &'static str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        if self.name == "set_config" {
            return Ok(ColumnarValue::Array(cast(&arrays[1], &DataType::Utf8)?));
        }
        let names = cast(&arrays[0], &DataType::Utf8)?;
        let mut values = Vec::with_capacity(names.len());
        for name in names.as_string::<i32>() {
            match name.map(|name| parameters::default(&name.to_lowercase())) {
                Some(None) if arrays.len() == 1 => return exec_err!("unrecognized configuration parameter"),
                value => values.push(value.flatten()),
            }
        }
        let values: ArrayRef = Arc::new(StringArray::from(values));
        Ok(ColumnarValue::Array(values))
    }
}
