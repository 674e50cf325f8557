# One output an event; see docs/formats/jq.md.
{
  event_id: .id,
  type: "milestone",
  source: $profile.source,
  occurred_at: (.time | zoned),
  data: {
    milestone_id: .id,
    ref: { type: "booking", value: .booking },
    milestone: ($profile.codes.milestones[.status] // .status),
    classifier: "actual",
    at: (.time | zoned)
  }
}
