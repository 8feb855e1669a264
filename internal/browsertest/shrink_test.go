package browsertest_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"ssprd/internal/browsertest"
)

// A small thing of a colour of its own keeps it beside a thousand greys and blues that are each commoner.
func TestShrinkKeepsTheColours(t *testing.T) {
	const side, shade = 100, 16
	green := color.RGBA{20, 89, 47, 255}
	full := image.NewRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			full.SetRGBA(x, y, color.RGBA{uint8(100 + x), uint8(100 + x), uint8(150 + y/10*10), 255})
		}
	}
	full.SetRGBA(7, 9, green)
	var in bytes.Buffer
	if err := png.Encode(&in, full); err != nil {
		t.Fatal(err)
	}
	out, err := browsertest.Shrink(in.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	small, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	if palette, ok := small.ColorModel().(color.Palette); !ok || len(palette) > 256 {
		t.Errorf("the colour model is %v", small.ColorModel())
	}
	if got := small.At(7, 9); got != color.Color(green) {
		t.Errorf("the green became %v", got)
	}
	for y := range side {
		for x := range side {
			was, is := full.RGBAAt(x, y), small.At(x, y).(color.RGBA)
			if max(apart(was.R, is.R), apart(was.G, is.G), apart(was.B, is.B)) > shade {
				t.Fatalf("at %d, %d %v became %v", x, y, was, is)
			}
		}
	}
}

func TestShrinkRefuses(t *testing.T) {
	if _, err := browsertest.Shrink([]byte("no picture")); err == nil {
		t.Error("what is no picture was made smaller")
	}
}

func apart(a, b uint8) int { return max(int(a)-int(b), int(b)-int(a)) }
