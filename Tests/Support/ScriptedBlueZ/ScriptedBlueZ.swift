public import Bus
public import Reactor
