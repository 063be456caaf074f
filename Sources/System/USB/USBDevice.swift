public import Reactor
