"""The alternating-component model in SimPy: components, hours, mean up, mean down (hours).

Prints the changes of state, the processor time of the run in ns, and a hash of the times.
"""

import random
import sys
import time

import simpy


def main():
    components, hours, up, down = int(sys.argv[1]), *map(float, sys.argv[2:5])
    draw = random.Random(7).expovariate
    env = simpy.Environment()
    events = 0
    total = 0

    def alternate():
        nonlocal events, total
        while True:
            for mean in (up, down):
                yield env.timeout(draw(1.0 / mean))
                events += 1
                total += int(env.now * 3.6e9)

    for _ in range(components):
        env.process(alternate())
    start = time.process_time_ns()
    env.run(until=hours)
    print(events, time.process_time_ns() - start, total % 2**64)


main()
