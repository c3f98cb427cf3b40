import device.main

device.main.run()
