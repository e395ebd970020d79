package fixture

type share float64 // want float

type sample struct {
	weights []float32  // want float
	phase   complex128 // want float
}

const half = 0.5 // want float

const million = 1e6 // want float

func mean(values []int64) int64 {
	total := int64(0)
	for _, value := range values {
		total += value
	}
	return int64(float64(total) / float64(len(values))) // want float
}

func scaled(s share) share { // want float
	return s * half // want float
}

func inferred(s sample) bool {
	w := s.weights[0] // want float
	return w > 1      // want float
}

func generic[T int64 | float64](a T) T { return a } // want float
