package simulate

import (
	"math"
	"strconv"
	"time"
)

// burstLength is how many ticks come at the same moment in a burst. The slots that
// they would have had stay empty, so the rate is the same with bursts and without.
const burstLength = 8

// marketFeed is the trades of some symbols. In a burst, one symbol goes one way.
type marketFeed struct {
	dice
	quotes []quote
	spread int64 // cents
	oneIn  uint64

	n      uint64 // of the next tick
	burst  uint64 // slot of the burst
	left   int    // ticks of it
	symbol int    // whose
	trend  int64  // cents of each tick
}

// quote is one symbol; prices are in cents.
type quote struct {
	symbol        string
	price, volume int64
}

// newMarket returns the producer's share of the symbols, so that each symbol has
// one price. There are as many as producers at least.
func newMarket(p *Plan, index int) feed {
	f := &marketFeed{
		dice: p.dice(index), spread: int64(math.Round(100 * p.setup.Set["spread"])), oneIn: uint64(p.setup.Set["burst_one_in"]),
	}
	known := usualQuotes()
	for i := index; i < max(int(p.setup.Set["symbols"]), p.setup.Producers); i += p.setup.Producers {
		q := quote{symbol: "SYM" + strconv.Itoa(i+1), price: 10_000}
		if i < len(known) {
			q = known[i]
		}
		f.quotes = append(f.quotes, q)
	}
	return f
}

func usualQuotes() []quote {
	return []quote{
		{"AAPL", 231_42, 48_217_940}, {"NVDA", 142_62, 189_308_000}, {"MSFT", 417_19, 19_152_000}, {"AMZN", 202_61, 37_410_000},
		{"GOOG", 172_49, 18_034_000}, {"TSLA", 338_74, 61_320_000}, {"META", 554_08, 11_217_000}, {"NFLX", 883_85, 3_304_000},
		{"AMD", 137_60, 30_109_000}, {"INTC", 24_35, 62_970_000}, {"ORCL", 188_89, 8_101_000}, {"IBM", 208_09, 3_870_000},
	}
}

func (f *marketFeed) slot() uint64 {
	if f.left > 0 {
		return f.burst
	}
	return f.n
}

func (f *marketFeed) append(to []byte, _ time.Duration) []byte {
	if f.left == 0 && f.oneIn > 0 && f.below(f.oneIn) == 0 {
		f.burst, f.left = f.n, burstLength
		f.symbol = int(f.below(uint64(len(f.quotes))))
		f.trend = int64(f.below(2))*2 - 1
	}
	var q *quote
	if f.left > 0 {
		f.left--
		q = &f.quotes[f.symbol]
		q.price += f.trend * (1 + int64(f.below(uint64(2+q.price/8000))))
	} else {
		q = &f.quotes[f.below(uint64(len(f.quotes)))]
		step := 1 + q.price/10_000 // a hundredth of a percent
		q.price += int64(f.below(uint64(2*step+1))) - step
	}
	q.price = max(q.price, f.spread, 1)
	size := 100 * int64(1+f.below(5))
	q.volume += size
	f.n++
	bid := q.price - f.spread/2
	to = append(append(append(to, `{"symbol":"`...), q.symbol...), `","price":`...)
	to = append(appendCents(to, q.price), `,"bid":`...)
	to = append(appendCents(to, bid), `,"ask":`...)
	to = append(appendCents(to, bid+f.spread), `,"size":`...)
	to = append(strconv.AppendInt(to, size, 10), `,"volume":`...)
	return append(strconv.AppendInt(to, q.volume, 10), '}')
}

func appendCents(to []byte, cents int64) []byte {
	to = append(strconv.AppendInt(to, cents/100, 10), '.')
	if cents %= 100; cents < 10 {
		to = append(to, '0')
	}
	return strconv.AppendInt(to, cents, 10)
}
