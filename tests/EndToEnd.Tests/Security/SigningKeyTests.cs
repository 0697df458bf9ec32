using System.Net;

namespace McpFunctions.EndToEnd.Tests.Security;

[Collection(SecondInstance.Name)]
public sealed class SigningKeyTests(GatewayApplication gateway, SecondInstance second)
{
    [Fact]
    public async Task Keys_are_rotated_by_their_id_and_none_signs_for_another()
    {
        // It has the usual key too, which signs no new tokens any more.
        var rotated = second.Gateway;
        var newKey = second.SigningKey;
        var before = await gateway.NewSignedInAsync();
        var after = await rotated.NewSignedInAsync();
        AccessToken Forged(byte[] key, string id) =>
            new() { SigningKey = key, KeyId = id, UserId = after.Id, Username = after.Username, SessionId = after.SessionId };

        await On(rotated, before, before.Token).FilesAsync();
        await On(rotated, after, after.Token).FilesAsync();
        await On(rotated, after, Forged(newKey, SecondInstance.KeyId).Sign()).FilesAsync();
        await On(rotated, after, Forged(gateway.SigningKey, AccessToken.UsualKeyId).Sign()).FilesAsync();
        // An instance without the new key refuses its tokens.
        await On(gateway, after, after.Token).GetAsync("files").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        foreach (var swapped in new[]
        {
            Forged(newKey, AccessToken.UsualKeyId),
            Forged(gateway.SigningKey, SecondInstance.KeyId),
            Forged(newKey, SecondInstance.KeyId) with { Algorithm = "HS512" },
            Forged(newKey, SecondInstance.KeyId) with { Algorithm = "none" },
            Forged("new"u8.ToArray(), SecondInstance.KeyId),
            Forged([], SecondInstance.KeyId),
        })
        {
            await On(rotated, after, swapped.Sign()).GetAsync("files").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        }
    }

    private static GatewayUser On(GatewayApplication instance, GatewayUser user, string token) =>
        new(instance.Http, user.Id, user.Username, token, user.SessionId);
}
