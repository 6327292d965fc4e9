//! A table as Parquet: rows are gathered into groups of columns, so that what waits in memory is one group.

use std::{
    io::{self, Write},
    sync::Arc,
};

use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as Physical},
    column::writer::ColumnWriter,
    data_type::ByteArray,
    errors::ParquetError,
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::types::Type,
};

use crate::ops::shapes::tables::{Column, Table};

/// Rows of one group.
const GROUP_ROWS_MAX: usize = 65_536;
/// Bytes of texts of one group.
const GROUP_BYTES_MAX: usize = 32 * 1024 * 1024;

/// A table that is being written.
pub(super) struct Columns<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    group: Vec<Gathered>,
    rows: usize,
    bytes: usize,
}

/// One column of the group that is being gathered.
enum Gathered {
    Text(Vec<ByteArray>),
    /// The numbers, and for each row whether it has one.
    Whole(Vec<i64>, Vec<i16>),
}

impl<W: Write + Send> Columns<W> {
    pub(super) fn new(table: &Table, file: W) -> io::Result<Self> {
        let schema = schema(table).map_err(io::Error::other)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(format!("pariksha {}", env!("CARGO_PKG_VERSION")))
            .build();
        let writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties));
        let empty = |(_, column): &(&str, Column)| match column {
            Column::Text => Gathered::Text(Vec::new()),
            Column::Whole => Gathered::Whole(Vec::new(), Vec::new()),
        };
        Ok(Self {
            writer: writer.map_err(io::Error::other)?,
            group: table.columns.iter().map(empty).collect(),
            rows: 0,
            bytes: 0,
        })
    }

    /// Takes a row of as many cells as there are columns.
    pub(super) fn add(&mut self, row: &csv::StringRecord) -> io::Result<()> {
        for (cell, column) in row.iter().zip(&mut self.group) {
            match column {
                Gathered::Text(texts) => texts.push(ByteArray::from(cell)),
                Gathered::Whole(_, present) if cell.is_empty() => present.push(0),
                Gathered::Whole(numbers, present) => {
                    let number = cell.parse();
                    numbers.push(number.map_err(|_| io::Error::other(format!("`{cell}` is not a number")))?);
                    present.push(1);
                }
            }
            self.bytes += cell.len();
        }
        self.rows += 1;
        if self.rows >= GROUP_ROWS_MAX || self.bytes >= GROUP_BYTES_MAX {
            self.write_group().map_err(io::Error::other)?;
        }
        Ok(())
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        let mut gathered = self.group.iter_mut();
        while let (Some(mut column), Some(of)) = (group.next_column()?, gathered.next()) {
            match (column.untyped(), of) {
                (ColumnWriter::ByteArrayColumnWriter(writer), Gathered::Text(texts)) => {
                    writer.write_batch(texts, None, None)?;
                    texts.clear();
                }
                (ColumnWriter::Int64ColumnWriter(writer), Gathered::Whole(numbers, present)) => {
                    writer.write_batch(numbers, Some(present), None)?;
                    numbers.clear();
                    present.clear();
                }
                _ => return Err(ParquetError::General("a column is of another type".into())),
            }
            column.close()?;
        }
        group.close()?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }

    /// Writes what is left, and the end of the file.
    pub(super) fn finish(mut self) -> io::Result<()> {
        if self.rows > 0 {
            self.write_group().map_err(io::Error::other)?;
        }
        self.writer.close().map(drop).map_err(io::Error::other)
    }
}

fn schema(table: &Table) -> Result<Type, ParquetError> {
    let field = |(name, column): &(&str, Column)| {
        let field = match column {
            Column::Text => Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
                .with_logical_type(Some(LogicalType::String))
                .with_repetition(Repetition::REQUIRED),
            Column::Whole => {
                Type::primitive_type_builder(name, Physical::INT64).with_repetition(Repetition::OPTIONAL)
            }
        };
        field.build().map(Arc::new)
    };
    let fields = table.columns.iter().map(field).collect::<Result<Vec<_>, _>>()?;
    Type::group_type_builder(table.name).with_fields(fields).build()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use parquet::{
        file::reader::{FileReader as _, SerializedFileReader},
        record::Field,
    };

    use super::*;

    const TABLE: Table = Table {
        name: "t",
        columns: &[("a", Column::Whole), ("b", Column::Text)],
    };

    #[test]
    fn what_is_written_is_read_back_over_several_groups_with_nothing_as_nothing() {
        let mut file = Vec::new();
        let mut columns = Columns::new(&TABLE, &mut file).unwrap();
        let count = GROUP_ROWS_MAX + 10;
        for row in 0..count {
            let number = if row % 3 == 0 {
                String::new()
            } else {
                row.to_string()
            };
            let row = csv::StringRecord::from(vec![number, format!("उत्तर {row}")]);
            columns.add(&row).unwrap();
        }
        columns.finish().unwrap();
        let reader = SerializedFileReader::new(Bytes::from(file)).unwrap();
        assert_eq!(reader.metadata().num_row_groups(), 2);
        let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap);
        let mut read = 0;
        for (row, fields) in rows.enumerate() {
            let cells: Vec<&Field> = fields.get_column_iter().map(|(_, field)| field).collect();
            let number = if row % 3 == 0 {
                Field::Null
            } else {
                Field::Long(row as i64)
            };
            assert_eq!(cells, [&number, &Field::Str(format!("उत्तर {row}"))]);
            read += 1;
        }
        assert_eq!(read, count);
    }

    #[test]
    fn a_cell_that_is_no_number_in_a_column_of_numbers_is_refused() {
        let mut columns = Columns::new(&TABLE, Vec::new()).unwrap();
        assert!(columns.add(&csv::StringRecord::from(vec!["x", "y"])).is_err());
    }
}
