"""Rate equations dP/dt = KP, solved: in closed form, in an eigenbasis, by series and by steps; and what rates rest on."""
