//! What PostgreSQL understands and the query engine does not, in other words: the rows of a question as an array,
//! several columns that nobody named, and tables of the catalog without their schema.

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArguments, Ident, ObjectName, ObjectNamePart, OrderByExpr, OrderByKind, Query, Select, SelectItem,
    SetExpr, Statement, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::further;

/// A walk over a statement. Every walk is of this one type, for the machine code of each type of visitor is that of the
/// whole grammar.
#[derive(Default)]
struct Walk {
    select: Option<fn(&mut Select)>,
    expression: Option<fn(&mut Expr)>,
    relation: Option<fn(&mut ObjectName)>,
}

impl VisitorMut for Walk {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        self.select.iter().for_each(|at| at(select));
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        self.expression.iter().for_each(|at| at(expression));
        ControlFlow::Continue(())
    }

    fn post_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<()> {
        self.relation.iter().for_each(|at| at(relation));
        ControlFlow::Continue(())
    }
}

/// Rewrites a statement for the query engine.
pub(super) fn for_engine(statement: &mut Statement) {
    let collect = |expression: &mut Expr| {
        if let Some(meant) = array_of_rows(expression) {
            *expression = meant;
        }
    };
    let _visited = statement.visit(&mut Walk { expression: Some(collect), ..Walk::default() });
    let _visited = statement.visit(&mut Walk { select: Some(name_columns), ..Walk::default() });
    let _visited = statement.visit(&mut Walk { relation: Some(qualify), ..Walk::default() });
}

/// Tables of the catalog that the query engine does not find without their schema.
fn qualify(relation: &mut ObjectName) {
    let is_further = |name: &Ident| further::names().any(|further| further.eq_ignore_ascii_case(&name.value));
    if let [ObjectNamePart::Identifier(name)] = relation.0.as_slice()
        && is_further(name)
    {
        relation.0.insert(0, ObjectNamePart::Identifier(Ident::new("pg_catalog")));
    }
}

fn parsed(text: &str) -> Option<Expr> {
    Parser::new(&PostgreSqlDialect {}).try_with_sql(text).ok()?.parse_expr().ok()
}

/// `ARRAY(SELECT x FROM t ORDER BY y)` as `(SELECT array_agg(x ORDER BY y) FROM t)`.
fn array_of_rows(expression: &Expr) -> Option<Expr> {
    let Expr::Function(function) = expression else { return None };
    let FunctionArguments::Subquery(query) = &function.args else { return None };
    if !function.name.to_string().eq_ignore_ascii_case("array") || query.limit_clause.is_some() {
        return None;
    }
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    // Nothing has policies; what psql asks of them cannot be planned.
    if select.from.iter().any(|from| from.to_string().contains("pg_policy")) {
        return parsed("CAST(NULL AS TEXT[])");
    }
    let [SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }] = select.projection.as_slice()
    else {
        return None;
    };
    let order = match query.order_by.as_ref().map(|order| &order.kind) {
        None => String::new(),
        Some(OrderByKind::Expressions(by)) => format!(" ORDER BY {}", listed(by, value)),
        Some(OrderByKind::All(_)) => return None,
    };
    let collected = parsed(&format!("array_agg({value}{order})"))?;
    let select = Select { projection: vec![SelectItem::UnnamedExpr(collected)], ..select.as_ref().clone() };
    let query = Query { body: Box::new(SetExpr::Select(Box::new(select))), order_by: None, ..query.as_ref().clone() };
    Some(Expr::Subquery(Box::new(query)))
}

/// The order of an aggregate, in which a number does not stand for a column.
fn listed(by: &[OrderByExpr], only: &Expr) -> String {
    let one = |by: &OrderByExpr| match &by.expr {
        Expr::Value(_) => OrderByExpr { expr: only.clone(), ..by.clone() }.to_string(),
        _ => by.to_string(),
    };
    by.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Names columns that would have the same name: `SELECT NULL, NULL`, or the difference of two subqueries twice.
fn name_columns(select: &mut Select) {
    let mut seen = HashSet::new();
    for (at, item) in select.projection.iter_mut().enumerate() {
        match item {
            SelectItem::ExprWithAlias { alias, .. } => {
                seen.insert(alias.value.to_lowercase());
            }
            SelectItem::UnnamedExpr(expression) if !seen.insert(name(expression)) => {
                let alias = Ident::new(format!("column{}", at + 1));
                *item = SelectItem::ExprWithAlias { expr: expression.clone(), alias };
            }
            _ => {}
        }
    }
}

/// How the query engine would name a column: without casts, and with every subquery alike.
fn name(expression: &Expr) -> String {
    let simplify = |part: &mut Expr| {
        let meant = match part {
            Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => {
                Some(Expr::Identifier(Ident::new("<subquery>")))
            }
            Expr::Cast { expr, .. } | Expr::Nested(expr) => Some(expr.as_ref().clone()),
            _ => None,
        };
        if let Some(meant) = meant {
            *part = meant;
        }
    };
    let mut plain = expression.clone();
    let _visited = plain.visit(&mut Walk { expression: Some(simplify), ..Walk::default() });
    plain.to_string().to_lowercase()
}
