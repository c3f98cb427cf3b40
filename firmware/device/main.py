def run():
    print("hello from main")
