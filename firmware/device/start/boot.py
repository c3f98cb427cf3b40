import device.boot

device.boot.run()
