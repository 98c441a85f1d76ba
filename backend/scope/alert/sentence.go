package alert

import (
	"fmt"
	"strings"

	"emitscope/backend/msg"
)

// Sentence says what an event tells, for a person.
func Sentence(e msg.AlertEvent) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: ", e.Name)
	if !e.Cleared.IsZero() {
		b.WriteString("it is over. It was: ")
	}
	value, limit := amount(e.When, e.Value), amount(e.When, e.Limit)
	switch e.When {
	case msg.Silence:
		fmt.Fprintf(&b, "no message of %s for %s", e.Where, value)
	case msg.RateBelow, msg.RateAbove:
		fmt.Fprintf(&b, "%s at %s (limit %s)", e.Where, value, limit)
	case msg.LatenessOver:
		fmt.Fprintf(&b, "emits of %s are up to %s late (p99; limit %s)", e.Where, value, limit)
	case msg.IntervalOver:
		fmt.Fprintf(&b, "intervals of %s are up to %s wrong (p99; limit %s)", e.Where, value, limit)
	case msg.QueueOver:
		fmt.Fprintf(&b, "lane %s is %s full (limit %s)", e.Where, value, limit)
	case msg.MessagesLost:
		fmt.Fprintf(&b, "%s lost in 10 s, most of them in %s", value, e.Where)
	case msg.ClientsLag:
		fmt.Fprintf(&b, "%s not keeping up, the worst is %s", value, e.Where)
	case msg.ShapeDiffers:
		fmt.Fprintf(&b, "messages of %s are not like those before%s", e.Where, changesOf(e))
	}
	return b.String()
}

// changesOf lists what changed, a few of it.
func changesOf(e msg.AlertEvent) string {
	const most = 3
	var all []string
	for i, c := range e.Changes {
		if i == most {
			all = append(all, "…")
			break
		}
		path := c.Path
		if path == "" {
			path = "the payload"
		}
		switch c.Kind {
		case msg.FieldNew:
			all = append(all, path+" is new")
		case msg.FieldMissing:
			all = append(all, path+" is missing")
		case msg.FieldType:
			all = append(all, fmt.Sprintf("%s is %s, was %s", path, c.Is, c.Was))
		}
	}
	if all == nil {
		return ""
	}
	return ": " + strings.Join(all, ", ")
}

func amount(c msg.Condition, v float64) string {
	unit := c.Unit()
	if unit != "%" {
		unit = " " + unit
	}
	if (c == msg.MessagesLost || c == msg.ClientsLag) && v == 1 {
		unit = strings.TrimSuffix(unit, "s")
	}
	return fmt.Sprintf("%.4g%s", v, unit)
}
