package trial

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
)

func TestDataIsJSONOfExactlyTheSizeAskedFor(t *testing.T) {
	for _, size := range []int{MinSize, 81, 200, 299, 5000} {
		for _, n := range []int64{0, 1, math.MaxInt64} {
			due := int64(1_790_000_000_000_000_000)
			data := appendData(nil, due, math.MaxUint32, n, size)
			if n == math.MaxInt64 {
				size = max(size, len(data)) // the padding gives way to a number that is never reached
			}
			if len(data) != size {
				t.Errorf("got %d bytes, want %d: %s", len(data), size, data)
			}
			var got struct {
				Due, N int64
				ID     uint32
			}
			if err := json.Unmarshal(data, &got); err != nil || got.Due != due || got.N != n || got.ID != math.MaxUint32 {
				t.Errorf("got %+v, %v from %s", got, err, data)
			}
		}
	}
}

func TestAMarkIsFoundWhereverItStands(t *testing.T) {
	for _, text := range []string{
		`{"due":17,"id":5,"n":3,"pad":"x"}`,
		`42/bench,["tick",{"due":17,"id":5,"n":3,"pad":"x"}]`,
		`{"data":{"due": 17, "id": 5, "n": 3}}`,
		`{"due":17,"pad":"x","id":5,"n":3}`,
		`["{\"due\":9}",{"due":17.0,"id":5,"n":3}]`,
	} {
		var s scanner
		for range 2 { // the second time where the first one was
			if m, ok := s.scan([]byte(text)); !ok || m != (mark{due: 17, id: 5, n: 3}) {
				t.Errorf("%s: got %+v %v, want due 17, id 5, n 3", text, m, ok)
			}
		}
	}
}

func TestAMarkIsFoundAfterItHasMoved(t *testing.T) {
	var s scanner
	for _, seq := range []string{"9", "10", "100000", "7", ""} {
		text := fmt.Sprintf(`{"seq":%q,"due":17,"id":5,"n":3}`, seq)
		if m, ok := s.scan([]byte(text)); !ok || m.n != 3 {
			t.Errorf("%s: got %+v %v, want n 3", text, m, ok)
		}
	}
}

func TestDataOfOthersHasADueAtMost(t *testing.T) {
	for text, want := range map[string]mark{
		`{"due":17}`:                                 {due: 17, n: -1},
		`{"due":17,"id":4294967296,"n":1}`:           {due: 17, n: -1},
		`{"due":17,"id":"5","n":1}`:                  {due: 17, n: -1},
		`{"due":17,"id":5,"n":99999999999999999999}`: {due: 17, n: -1},
	} {
		var s scanner
		if m, ok := s.scan([]byte(text)); !ok || m != want {
			t.Errorf("%s: got %+v %v, want %+v", text, m, ok, want)
		}
	}
	for _, text := range []string{``, `{}`, `{"due":}`, `{"due":"17"}`, `{"due":-1}`, `{"due":99999999999999999999}`, `{"due":9223372036854775808}`} {
		var s scanner
		if m, ok := s.scan([]byte(text)); ok {
			t.Errorf("%s: got %+v, want none", text, m)
		}
	}
}

// FuzzScan looks for bytes at which the scanner breaks, or at which it finds
// something else with a hint than without.
func FuzzScan(f *testing.F) {
	f.Add([]byte(`42/bench,["tick",{"due":17,"id":5,"n":3,"pad":"x"}]`), 17)
	f.Add([]byte(`{"due": 1790000000000000000, "id": 5}`), 0)
	f.Add([]byte(`"due":`), 0)
	f.Fuzz(func(t *testing.T, text []byte, hint int) {
		var s scanner
		want, found := s.scan(text)
		if found && (want.due < 0 || want.n < -1) {
			t.Errorf("got %+v", want)
		}
		again, foundAgain := s.scan(text)
		if again != want || foundAgain != found {
			t.Errorf("got %+v %v, and then %+v %v", want, found, again, foundAgain)
		}
		h := scanner{hint: max(hint, 0)}
		if _, ok := h.scan(text); ok != found && h.hint == s.hint {
			t.Errorf("with hint %d found is %v, without %v", hint, ok, found)
		}
	})
}
