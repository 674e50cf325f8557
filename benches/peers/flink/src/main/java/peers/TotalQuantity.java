package peers;

import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.functions.ScalarFunction;
import org.apache.flink.types.Row;

/** The quantity of all lines of a shipment's contents; Flink SQL has no sum over an array. */
public final class TotalQuantity extends ScalarFunction {
    public Long eval(@DataTypeHint("ARRAY<ROW<order_id STRING, line_no INT, quantity BIGINT>>") Row[] contents) {
        if (contents == null) {
            return null;
        }
        long total = 0;
        for (Row line : contents) {
            total += (Long) line.getField(2);
        }
        return total;
    }
}
