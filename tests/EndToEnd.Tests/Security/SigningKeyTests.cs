using System.Net;
using System.Security.Cryptography;

namespace McpFunctions.EndToEnd.Tests.Security;

public sealed class SigningKeyTests(GatewayApplication gateway)
{
    [Fact]
    public async Task Keys_are_rotated_by_their_id_and_none_signs_for_another()
    {
        // Beside the usual key, which signs no new tokens any more.
        var newKey = RandomNumberGenerator.GetBytes(48);
        await using var rotated = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = "rotated-keys",
            Beside = gateway,
            Settings = new Dictionary<string, string?>
            {
                ["Auth__SigningKeys__new"] = gateway.Confidential(Convert.ToBase64String(newKey)),
                ["Auth__SigningKeyId"] = "new",
            },
        });
        var before = await gateway.NewSignedInAsync();
        var after = await rotated.NewSignedInAsync();
        AccessToken Forged(byte[] key, string id) =>
            new() { SigningKey = key, KeyId = id, UserId = after.Id, Username = after.Username, SessionId = after.SessionId };

        await On(rotated, before, before.Token).FilesAsync();
        await On(rotated, after, after.Token).FilesAsync();
        await On(rotated, after, Forged(newKey, "new").Sign()).FilesAsync();
        await On(rotated, after, Forged(gateway.SigningKey, AccessToken.UsualKeyId).Sign()).FilesAsync();
        // An instance without the new key refuses its tokens.
        await On(gateway, after, after.Token).GetAsync("files").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        foreach (var swapped in new[]
        {
            Forged(newKey, AccessToken.UsualKeyId), Forged(gateway.SigningKey, "new"), Forged(newKey, "new") with { Algorithm = "HS512" }, Forged("new"u8.ToArray(), "new"),
            Forged(newKey, "new") with { Algorithm = "none" }, Forged([], "new"),
        })
        {
            await On(rotated, after, swapped.Sign()).GetAsync("files").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        }
    }

    private static GatewayUser On(GatewayApplication instance, GatewayUser user, string token) =>
        new(instance.Http, user.Id, user.Username, token, user.SessionId);
}
