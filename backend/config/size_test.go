package config

import "testing"

func TestSizesAreReadWithTheirUnit(t *testing.T) {
	for text, want := range map[string]int64{
		"4096": 4096, "0": 0, "512 B": 512, "64 MiB": 64 << 20, "64mib": 64 << 20, "1 GB": 1e9, "1.5 KiB": 1536, " 2 kb ": 2000, "1GiB": 1 << 30,
	} {
		if got, ok := bytesOf(text); !ok || got != want {
			t.Errorf("%q: got %d, %v, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "MiB", "64 M", "-1", "1e3", "1,5 MiB", "64  MiB", "9999999999999 GiB", "64 MiB/s"} {
		if got, ok := bytesOf(text); ok {
			t.Errorf("%q: got %d, want none", text, got)
		}
	}
}

func TestSizesAreWrittenSoThatTheyReadTheSame(t *testing.T) {
	for bytes, want := range map[int64]string{0: "0", 5: "5", 1 << 10: "1 KiB", 1536: "1536", 3 << 20: "3 MiB", 8 << 30: "8 GiB", 1e9: "1000000000"} {
		text := sizeText(bytes)
		if got, ok := bytesOf(text); text != want || !ok || got != bytes {
			t.Errorf("%d: got %q, read as %d, want %q", bytes, text, got, want)
		}
	}
}
