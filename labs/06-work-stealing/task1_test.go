package steal_test

import (
	"fmt"
	"testing"

	"gmplab/internal/check"
	steal "gmplab/labs/06-work-stealing"
)

func TestVisitReachesEveryP(t *testing.T) {
	check.Task(t, 1, looped(1, func(t *testing.T) {
		for _, n := range sizes() {
			order := steal.NewOrder(n)
			for i := range uint32(n * n) {
				r := i
				if i%2 == 1 {
					r = -i // up to 2^32-1
				}
				var got [256]int // the visits of each
				visits := 0
				order.Visit(r)(func(p int) bool {
					visits++
					if p >= 0 && p < n {
						got[p]++
					}
					return visits <= n
				})
				ok := visits == n
				for _, times := range got[:n] {
					ok = ok && times == 1
				}
				if ok {
					continue
				}
				var list []int
				order.Visit(r)(func(p int) bool { list = append(list, p); return len(list) <= n })
				check.Fail(t, fmt.Sprintf("NewOrder(%d).Visit(%d)", n, r), fmt.Sprint(list),
					fmt.Sprintf(check.Say("each of 0 to %d once", "0부터 %d까지 한 번씩"), n-1), everyP())
			}
		}
	}))
}

// sizes are the numbers of Ps that are tried. 8 comes first: of one P there is
// little to see.
func sizes() []int {
	all := []int{8, 67, 256}
	for n := range 64 {
		all = append(all, n+1)
	}
	return all
}

func TestVisitIsFair(t *testing.T) {
	check.Task(t, 1, looped(1, func(t *testing.T) {
		rule := check.Say(
			"r says both: the start by its remainder, the stride by its quotient. Every pair comes equally often, so thieves spread over their victims, and two that begin at one P go on apart",
			"r이 둘 다 정합니다. 나머지가 시작, 몫이 보폭입니다. 모든 조합이 똑같이 자주 나와야 도둑들이 여러 P로 흩어지고, 같은 P에서 시작한 둘도 곧 갈라집니다")
		for _, n := range sizes() {
			strides := 0
			for i := 1; i <= n; i++ {
				a, b := i, n
				for b != 0 {
					a, b = b, a%b
				}
				if a == 1 {
					strides++
				}
			}
			order := steal.NewOrder(n)
			seen := map[[2]int]int{}
			for r := range uint32(n * strides) {
				at := [2]int{-1, -1} // the first two
				i := 0
				for p := range order.Visit(r) {
					if i == 2 {
						break
					}
					at[i] = p
					i++
				}
				seen[at]++
			}
			delete(seen, [2]int{-1, -1})
			check.Equal(t, fmt.Sprintf(check.Say("NewOrder(%d).Visit(r), r = 0 … %d", "NewOrder(%d).Visit(r), r = 0 … %d"), n, n*strides-1),
				check.Say("different pairs of start and stride", "서로 다른 시작과 보폭의 조합"), len(seen), n*strides, rule)
		}
	}))
}

func TestVisitStopsWhenTold(t *testing.T) {
	check.Task(t, 1, looped(1, func(t *testing.T) {
		calls := 0
		steal.NewOrder(8).Visit(3)(func(int) bool { calls++; return calls < 3 })
		check.Equal(t, check.Say("Visit(3), whose third yield returns false", "Visit(3), 세 번째 yield가 false를 돌려줌"),
			check.Say("calls of yield", "yield를 부른 횟수"), calls, 3, check.Say(
				"when yield returns false, stop: the thief has found something and looks no further",
				"yield가 false를 돌려주면 멈춥니다. 도둑이 이미 찾았으니 더 볼 필요가 없습니다"))
		visits := steal.NewOrder(8).Visit(3)
		first := func() (p int) {
			n := 0
			visits(func(at int) bool {
				if n++; n == 1 {
					p = at
				}
				return n < 3
			})
			return p
		}
		check.Equal(t, check.Say("visits := NewOrder(8).Visit(3), which two loops leave at the third", "visits := NewOrder(8).Visit(3)을 두 반복문이 세 번째에서 그만둠"),
			check.Say("the second begins at", "두 번째의 시작"), first(), first(), check.Say(
				"r says where a visit starts, each time: what a visit remembers is its own", "어디에서 시작할지는 매번 r이 정합니다. 방문이 기억하는 것은 그 방문만의 것입니다"))
	}))
}
