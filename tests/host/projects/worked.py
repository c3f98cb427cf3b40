"""The worked example of the notes on the controller (controller.md 3.3 and 5.3)."""

ID = "5b9c0c9f-4a0e-4f0e-9d3c-2f6c1f1f0002"
SPACE_ID = "5b9c0c9f-4a0e-4f0e-9d3c-2f6c1f1f0001"
ROUTE = f"/dnsaddr/localhost/tcp/4400/service/{ID}/service/api"
AUTHORITY_ROUTE = "/dnsaddr/localhost/tcp/4500/service/api"
IDENTITY = "I3dd461c06600ec6bd4ac9197f9f65e0cea5b64e7a0e12275abfd4bc297aa3bbc"
AUTHORITY = "I876ca36ee4015a1b69c6d6d8bb0e8f1455b6e128867432f2ec8c0cd281ef7d17"
HISTORY = (
    "81825837830101583285f682008158208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5cf41a6553f1001a781ff"
    "4008200815840cd72e6b81ba93a7cc9f62941be3910431286a9b0782ff0b55c841d717f4226c2b46802ba90d66991a9118c70519d024c3ba5db"
    "79facea81da70ad1b79d1d170e"
)
AUTHORITY_HISTORY = (
    "81825837830101583285f682008158208139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394f41a6553f1001a781ff"
    "4008200815840932817b9b027e284264633912f5c2243d80dc4b3d003783ff32cfbd7b25176d5a248a25520e8af785c495149e0a066788804c1"
    "80101128e4aac1a0c6f155260f"
)
CODE = bytes(range(32))
TICKET = f"{ROUTE},{IDENTITY},default,{CODE.hex()},{HISTORY},{AUTHORITY_HISTORY},{AUTHORITY_ROUTE}"

SPACE_BODY = {1: SPACE_ID, 2: "demo-space", 3: ["ada@example.com"], 4: {1: "Gold", 2: False}}
PROJECT_BODY = {
    1: ID,
    2: "default",
    3: "demo-space",
    5: ROUTE,
    6: ["ada@example.com"],
    7: SPACE_ID,
    8: bytes.fromhex(IDENTITY[1:]),
    9: AUTHORITY_ROUTE,
    10: AUTHORITY_HISTORY,
    13: "1.0.0",
    14: True,
    16: [{1: "ada@example.com", 2: 1, 3: 0, 4: 0}],
    17: HISTORY,
}
