package trial

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// WriteTable writes the report for a person, in at most 80 columns but for the
// warnings.
func (r *Report) WriteTable(w io.Writer) error {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-16s%s\n", name, fmt.Sprintf(format, args...))
	}
	row("target", "%s  %s %s", cmp.Or(r.Target, "-"), r.Namespace, r.Event)
	measured := fmt.Sprintf("%.1f s", r.Seconds)
	if r.Producers > 0 {
		measured += fmt.Sprintf("; %d bytes a message", r.Size)
	}
	if r.IntervalMS > 0 {
		measured += fmt.Sprintf("; interval %v ms", r.IntervalMS)
	}
	row("measured", "%s", measured)
	if r.Producers > 0 {
		asked := "as fast as they are taken"
		if r.Rate > 0 {
			asked = fmt.Sprintf("%s/s asked for", short(r.Rate))
		}
		row("producers", "%d via %s, %s", r.Producers, cmp.Or(r.Via, "their own way"), asked)
		row("sent", "%s; %s/s taken%s", grouped(r.Sent), short(r.TakenPerSecond), also(r.Unsent, "not sent"))
		if r.Rate > 0 {
			row("sent late", "%s over %v ms; p99 %s, max %s", grouped(r.Late), LateAfter.Milliseconds(), inMillis(r.Lateness.P99), inMillis(r.Lateness.Max))
		}
		row("refused", "%s", r.refusals())
	}
	if r.Clients > 0 {
		r.received(row)
	}
	row("generator", "%.2f s of processor time", r.CPUSeconds)
	if r.Producers > 0 || r.Clients > 0 {
		fmt.Fprintf(&b, "\n%-16s%12s%12s%12s%12s\n", "", "p50", "p99", "p99.9", "max")
	}
	if r.Clients > 0 {
		quantileRow(&b, "latency", r.Latency)
		quantileRow(&b, "interval error", r.IntervalError)
	}
	if r.Producers > 0 {
		name := "answer"
		if r.Via != ViaREST {
			name = "write" // nobody waits for an answer
		}
		quantileRow(&b, name, r.Answer)
	}
	for i, warning := range r.Warnings {
		if i == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "! %s\n", warning)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// received writes the rows about what the clients got.
func (r *Report) received(row func(name, format string, args ...any)) {
	row("clients", "%d as %s", r.Clients, cmp.Or(r.As, "they like"))
	if r.Expected > 0 {
		row("delivered", "%s of %s; %s/s", grouped(r.Delivered), grouped(r.Expected), short(r.DeliveredPerSecond))
		row("lost", "%.3f %%%s", *r.LossPercent, also(r.Missed, "told to be left out"))
	} else {
		row("delivered", "%s; %s/s%s", grouped(r.Delivered), short(r.DeliveredPerSecond), also(r.Missed, "told to be left out"))
	}
	row("each client", "%s to %s", grouped(r.LeastDelivered), grouped(r.MostDelivered))
	if r.Producers > 0 {
		row("duplicates", "%s; out of order %s%s", grouped(r.Duplicates), grouped(r.OutOfOrder), also(r.Foreign, "of somebody else"))
	}
}

// refusals lists what was refused: "0", or "12 queue_full, 1 http_500".
func (r *Report) refusals() string {
	if len(r.Refused) == 0 {
		return "0"
	}
	var parts []string
	for _, code := range slices.Sorted(maps.Keys(r.Refused)) {
		parts = append(parts, grouped(r.Refused[code])+" "+code)
	}
	return strings.Join(parts, ", ")
}

func quantileRow(b *strings.Builder, name string, q Quantiles) {
	fmt.Fprintf(b, "%-16s", name)
	for _, d := range []time.Duration{q.P50, q.P99, q.P999, q.Max} {
		text := "-"
		if q.Count > 0 {
			text = inMillis(d)
		}
		fmt.Fprintf(b, "%12s", text)
	}
	b.WriteByte('\n')
}

// also is "; 5 not sent", or nothing where n is 0.
func also(n uint64, what string) string {
	if n == 0 {
		return ""
	}
	return "; " + grouped(n) + " " + what
}

// inMillis writes a duration in ms: to the µs when it is short.
func inMillis(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	switch {
	case ms < 10:
		return fmt.Sprintf("%.3f ms", ms)
	case ms < 1000:
		return fmt.Sprintf("%.1f ms", ms)
	default:
		return fmt.Sprintf("%.0f ms", ms)
	}
}

// short writes a number with as many digits as matter.
func short(f float64) string {
	if f < 100 {
		return strconv.FormatFloat(f, 'g', 3, 64)
	}
	return grouped(uint64(f + 0.5))
}

// grouped writes a number in groups of three digits: 1,274,000.
func grouped(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// several is "1 client", or "20 clients".
func several(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return grouped(uint64(n)) + " " + what
}
