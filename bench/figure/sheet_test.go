package figure

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestARowIsTheMedianOfItsRuns(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{3}, 3},
		{[]float64{9, 1, 4}, 4},
		{[]float64{5, 900, 4, 6, 5}, 5},
		{[]float64{1, 2, 4, 100}, 3},
	} {
		s := &Sheet{}
		for _, v := range c.values {
			s.Add("rate", "somebody", "/s", v, nil)
		}
		if got := s.rows[0].Median; got != c.want {
			t.Errorf("%v: got %v, want %v", c.values, got, c.want)
		}
	}
}

func TestTheMedianDecidesWhetherAGoalIsReached(t *testing.T) {
	s := &Sheet{}
	for _, v := range []float64{1.3, 1.1, 1.19} {
		s.Add("rate", "ours ÷ theirs", "×", v, atLeast(1.2))
		s.Add("answer", "p99", "ms", v, atMost(1.2))
	}
	if *s.rows[0].Met {
		t.Error("1.19 is taken for at least 1.2")
	}
	if !*s.rows[1].Met {
		t.Error("1.19 is not taken for at most 1.2")
	}
}

func TestNumbersHaveThreeDigitsThatCount(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.0123: "0.0123", 1: "1", 1.2: "1.2", 12.34: "12.3", 99: "99", 123.4: "123", 1234567: "1 234 567", -4000: "-4 000", -0.5: "-0.5",
	} {
		if got := number(v); got != want {
			t.Errorf("%v: got %q, want %q", v, got, want)
		}
	}
}

func TestTheTableShowsWhatWasNotReached(t *testing.T) {
	s := &Sheet{about: About{Machine: "a machine", CPUs: 2, System: "linux"}}
	s.Add("intake", "by REST", "/s", 20_000, nil)
	s.Add("rate", "ours ÷ theirs", "×", 1.1, atLeast(1.2))
	s.Note("somebody was left out")
	var out strings.Builder
	if err := s.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a machine, 2 processors", "1.1 ×", "≥ 1.2", "not reached", "20 000 /s", "- somebody was left out"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	if strings.Index(out.String(), "1.1 ×") > strings.Index(out.String(), "20 000") {
		t.Errorf("the figures are not in their order:\n%s", out.String())
	}
}

func TestResultsAreKept(t *testing.T) {
	s := &Sheet{about: About{Started: time.Now(), Runs: 2}}
	s.Add("rate", "somebody", "/s", 100, nil)
	s.Add("rate", "somebody", "/s", 300, nil)
	s.step(Step{Run: 1, Who: "somebody", PerSecond: 50, Held: true})
	name, err := s.Save(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		About
		Rows  []Row  `json:"rows"`
		Steps []Step `json:"steps"`
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Runs != 2 || len(got.Rows) != 1 || !slices.Equal(got.Rows[0].Values, []float64{100, 300}) || got.Rows[0].Median != 200 || len(got.Steps) != 1 {
		t.Errorf("got %s", text)
	}
}
