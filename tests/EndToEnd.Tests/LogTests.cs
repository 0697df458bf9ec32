using System.Net;
using System.Text;
using System.Text.Json;

namespace McpFunctions.EndToEnd.Tests;

/// <summary>Checks the log of host and app. <see cref="GatewayApplication.DisposeAsync"/> checks it again after all tests.</summary>
public sealed class LogTests(GatewayApplication gateway)
{
    [Fact]
    public async Task No_password_no_token_and_no_content_is_logged_whatever_is_done_with_them()
    {
        var admin = await gateway.LoginAsync();
        var password = $"wrong-{Guid.NewGuid():N}";
        var content = $"{GatewayApplication.ContentMark}-{Guid.NewGuid():N}";

        await gateway.Http
            .PostAsync("auth/login", Json(new { username = "admin", password }), TestContext.Current.CancellationToken)
            .ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        var broken = new StringContent($$"""{"password": "{{password}}", """, Encoding.UTF8, "application/json");
        await gateway.Http
            .PostAsync("auth/login", broken, TestContext.Current.CancellationToken)
            .ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "$");
        var id = (await admin.UploadAsync("logged.txt", content)).Text("id");
        await admin.PutContentAsync(id, Encoding.UTF8.GetBytes(content + content)).JsonAsync();
        await admin.DownloadAsync(id);
        await admin.PatchAsync(id, $"not JSON but {content}").ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "$");
        await admin.DeleteAsync(id).EmptyAsync(HttpStatusCode.NoContent);
        await admin.AuditOfAsync(id, 3);

        Assert.NotEmpty(gateway.Log);
        Assert.DoesNotContain(gateway.Log, line => line.Contains(password, StringComparison.Ordinal));
        Assert.DoesNotContain(gateway.Log, line => line.Contains(content, StringComparison.Ordinal));
        Assert.DoesNotContain(gateway.Log, line => line.Contains(admin.Token, StringComparison.Ordinal));
        gateway.AssertThatTheLogHoldsNoSecret();
    }

    [Fact]
    public void No_key_is_made_that_the_gateway_does_not_use()
    {
        // ASP.NET Core's data protection would make a key at its first start, and warn that the key is stored unencrypted.
        Assert.DoesNotContain(
            Directory.EnumerateFiles(AppOutput.Home, "*", SearchOption.AllDirectories), file => file.Contains(".aspnet", StringComparison.Ordinal));
        Assert.DoesNotContain(gateway.Log, line => line.Contains("XML encryptor", StringComparison.Ordinal));
    }

    private static StringContent Json<T>(T value) => new(JsonSerializer.Serialize(value), Encoding.UTF8, "application/json");
}
