//go:build !race

package leak

const raceDetector = false
