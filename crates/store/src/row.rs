use crate::Error;
use mysql_async::{
    FromRowError,
    prelude::{FromRow, FromValue},
};

/// A row whose columns are taken by name.
#[derive(Debug)]
pub struct Row(mysql_async::Row);

impl Row {
    /// Takes the value of `column`; `Option` where it may be null.
    ///
    /// # Errors
    /// [`Error::Unfit`]: there is no such column, it was taken before, or it holds something else.
    pub fn take<T: FromValue>(&mut self, column: &str) -> Result<T, Error> {
        match self.0.take_opt(column) {
            Some(Ok(value)) => Ok(value),
            Some(Err(_value)) => Err(Error::Unfit(format!("column {column}: another type than expected"))),
            None => Err(Error::Unfit(format!("column {column}: not in the row"))),
        }
    }
}

impl FromRow for Row {
    fn from_row_opt(row: mysql_async::Row) -> Result<Self, FromRowError> {
        Ok(Self(row))
    }
}
