package figure

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// Sheet is what was measured, run by run. All methods may be called from any
// goroutine.
type Sheet struct {
	mu    sync.Mutex
	about About
	rows  []*Row
	steps []Step
	notes []string
}

// About says where and when a sheet was made.
type About struct {
	Started  time.Time         `json:"started"`
	Machine  string            `json:"machine"`
	CPUs     int               `json:"cpus"`
	System   string            `json:"system"`
	Versions map[string]string `json:"versions"`
	Runs     int               `json:"runs"`
}

// Row is one figure: a value for each run.
type Row struct {
	Figure string    `json:"figure"` // the short name of the measurement, as BENCH_FIGURES has it
	What   string    `json:"what"`
	Unit   string    `json:"unit"`
	Values []float64 `json:"values"` // in the order of the runs
	Median float64   `json:"median"`
	Goal   *Goal     `json:"goal,omitempty"`
	Met    *bool     `json:"met,omitempty"` // by the median; nil: there is no goal
}

// Goal is what a row is to reach: a bound from below, or from above.
type Goal struct {
	AtLeast float64 `json:"at_least,omitempty"`
	AtMost  float64 `json:"at_most,omitempty"`
}

// Step is one trial of the search for the highest rate.
type Step struct {
	Run       int     `json:"run"`
	Who       string  `json:"who"`
	PerSecond float64 `json:"messages_per_second"`
	Arrived   float64 `json:"arrived"` // share of all that should have
	P99MS     float64 `json:"p99_ms"`
	Held      bool    `json:"held"`
	CPU       float64 `json:"generator_cpus"` // processors the load generator kept busy
}

func atLeast(v float64) *Goal { return &Goal{AtLeast: v} }
func atMost(v float64) *Goal  { return &Goal{AtMost: v} }

func (g *Goal) met(v float64) bool {
	if g.AtLeast != 0 {
		return v >= g.AtLeast
	}
	return v <= g.AtMost
}

func (g *Goal) String() string {
	if g.AtLeast != 0 {
		return "≥ " + number(g.AtLeast)
	}
	return "≤ " + number(g.AtMost)
}

// Add notes one run's value. goal may be nil.
func (s *Sheet) Add(figure, what, unit string, value float64, goal *Goal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.rows, func(r *Row) bool { return r.Figure == figure && r.What == what && r.Unit == unit })
	if i < 0 {
		s.rows = append(s.rows, &Row{Figure: figure, What: what, Unit: unit, Goal: goal})
		i = len(s.rows) - 1
	}
	r := s.rows[i]
	r.Values = append(r.Values, value)
	r.Median = median(r.Values)
	if goal != nil {
		met := goal.met(r.Median)
		r.Met = &met
	}
}

// Note keeps a sentence that the reader of the table should know.
func (s *Sheet) Note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if note := fmt.Sprintf(format, args...); !slices.Contains(s.notes, note) {
		s.notes = append(s.notes, note)
	}
}

func (s *Sheet) step(p Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps = append(s.steps, p)
}

// median is the middle value, or of an even number the mean of the two middle
// ones.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	mid := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[mid]
	}
	return (sorted[mid-1] + sorted[mid]) / 2
}

// Print writes the table.
func (s *Sheet) Print(out io.Writer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(out, "\n%s, %d processors, %s\n", s.about.Machine, s.about.CPUs, s.about.System)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	last := ""
	for _, r := range s.byFigure() {
		if r.Figure != last {
			last = r.Figure
			fmt.Fprintf(t, "\n%s\tmedian\truns\tto reach\t\n", strings.ToUpper(title(r.Figure)))
		}
		goal, verdict := "", ""
		if r.Goal != nil {
			goal, verdict = r.Goal.String(), "not reached"
			if *r.Met {
				verdict = "reached"
			}
		}
		fmt.Fprintf(t, "%s\t%s %s\t%s\t%s\t%s\n", r.What, number(r.Median), r.Unit, spread(r.Values), goal, verdict)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	for _, n := range s.notes {
		fmt.Fprintf(out, "\n- %s", n)
	}
	fmt.Fprintln(out)
	return nil
}

// byFigure is the rows in the order of the figures, and else as they came.
func (s *Sheet) byFigure() []*Row {
	rank := func(r *Row) int { return slices.Index(Names(), r.Figure) }
	return slices.SortedStableFunc(slices.Values(s.rows), func(a, b *Row) int { return cmp.Compare(rank(a), rank(b)) })
}

func spread(values []float64) string {
	if len(values) == 1 {
		return "1 run"
	}
	return fmt.Sprintf("%s … %s", number(slices.Min(values)), number(slices.Max(values)))
}

// number writes three digits that count, and thousands apart.
func number(v float64) string {
	switch {
	case v == 0 || math.IsNaN(v) || math.IsInf(v, 0):
		return fmt.Sprintf("%g", v)
	case math.Abs(v) < 100:
		return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.*f", max(0, 2-int(math.Floor(math.Log10(math.Abs(v))))), v), "0"), ".")
	}
	digits := fmt.Sprintf("%.0f", math.Abs(v))
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + " " + digits[i:]
	}
	if v < 0 {
		return "-" + digits
	}
	return digits
}

// Save writes everything to a file of its own in folder and returns its name.
func (s *Sheet) Save(folder string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, err := json.MarshalIndent(struct {
		About
		Rows  []*Row   `json:"rows"`
		Notes []string `json:"notes"`
		Steps []Step   `json:"steps"`
	}{s.about, s.byFigure(), s.notes, s.steps}, "", "\t")
	if err != nil {
		return "", fmt.Errorf("encode the results: %w", err)
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return "", fmt.Errorf("make the folder for results: %w", err)
	}
	name := filepath.Join(folder, s.about.Started.Format("2006-01-02T150405")+".json")
	if err := os.WriteFile(name, append(text, '\n'), 0o600); err != nil {
		return "", fmt.Errorf("keep the results: %w", err)
	}
	return name, nil
}
