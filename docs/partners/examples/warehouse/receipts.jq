# A message lists the lines that were booked in; each becomes a receipt. Tests of the interface are passed over.
select(.test != true)
| . as $message
| .lines[]
| {
    event_id: "\($message.id)/\(.no)",
    type: "receipt",
    source: $profile.source,
    occurred_at: ($message.booked | zoned),
    revision: ($message.version // 0),
    retracted: (.state == "reversed"),
    data: {
      receipt_id: "\($message.id)/\(.no)",
      order_id: (.po // error("line \(.no) of message \($message.id) has no order")),
      line_no: .po_line,
      shipment_id: $message.shipment,
      quantity: .qty,
      received_at: ($message.booked | zoned)
    }
  }
