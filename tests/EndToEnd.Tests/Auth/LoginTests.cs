using System.Net;
using System.Text;
using System.Text.Json;

namespace McpFunctions.EndToEnd.Tests.Auth;

public sealed class LoginTests(GatewayApplication gateway)
{
    [Fact]
    public async Task The_administrator_of_the_settings_gets_a_token_that_opens_the_gateway()
    {
        var login = await LoginAsync(JsonSerializer.Serialize(new { username = gateway.AdminUsername, password = gateway.AdminPassword })).JsonAsync();

        Assert.Equal("Bearer", login.Text("tokenType"));
        Assert.Equal(900, login.Number("expiresIn"));
        Assert.True(Guid.TryParse(login.Text("sessionId"), out _));
        Assert.Equal(gateway.AdminUsername, login.Text("user", "username"));
        Assert.Equal("admin", login.Text("user", "role"));
        Assert.Equal(["id", "username", "role"], login.At("user").EnumerateObject().Select(field => field.Name));
        var admin = await gateway.LoginAsync();
        Assert.Equal(login.Text("user", "id"), admin.Id);
        await admin.AuditAsync();
        await admin.FilesAsync();
    }

    [Fact]
    public async Task Each_login_is_a_session_and_a_token_of_its_own_for_the_same_user()
    {
        var body = JsonSerializer.Serialize(new { username = gateway.AdminUsername, password = gateway.AdminPassword });

        var first = await LoginAsync(body).JsonAsync();
        var second = await LoginAsync(body).JsonAsync();

        Assert.NotEqual(first.Text("sessionId"), second.Text("sessionId"));
        Assert.NotEqual(first.Text("accessToken"), second.Text("accessToken"));
        Assert.Equal(first.Text("user", "id"), second.Text("user", "id"));
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_name_get_the_same_response()
    {
        var wrongPassword = await LoginAsync(JsonSerializer.Serialize(new { username = gateway.AdminUsername, password = gateway.AdminPassword + "x" }))
            .ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        var unknownName = await LoginAsync(JsonSerializer.Serialize(new { username = "nobody", password = gateway.AdminPassword }))
            .ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");

        Assert.Equal(wrongPassword.Text("detail"), unknownName.Text("detail"));
    }

    [Fact]
    public async Task A_field_that_is_not_known_is_refused_by_its_name() =>
        await LoginAsync(JsonSerializer.Serialize(new { remember = true, username = gateway.AdminUsername, password = gateway.AdminPassword }))
            .ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "remember");

    [Theory]
    [InlineData("{}", "username", "password")]
    [InlineData("""{"username": "", "password": ""}""", "username", "password")]
    [InlineData("""{"username": null, "password": "some password"}""", "username")]
    [InlineData("""{"username": "admin"}""", "password")]
    [InlineData("""{"username": 7, "password": "some password"}""", "username")]
    [InlineData("""{"username": ["admin"], "password": "some password"}""", "username")]
    [InlineData("""{"username": "admin", "password": {"$ne": ""}}""", "password")]
    [InlineData("""{"username": "admin", "username": "other", "password": "some password"}""", "username")]
    [InlineData("""{"username": "\ud800", "password": "some password"}""", "username")]
    [InlineData("", "$")]
    [InlineData("null", "$")]
    [InlineData("[]", "$")]
    [InlineData("\"admin\"", "$")]
    [InlineData("{\"username\": \"admin\"", "$")]
    [InlineData("username=admin&password=secret", "$")]
    public async Task An_invalid_login_is_refused_field_by_field(string body, params string[] fields)
    {
        await LoginAsync(body).ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", fields);
    }

    [Fact]
    public async Task Names_and_passwords_have_a_longest_length()
    {
        await LoginAsync(JsonSerializer.Serialize(new { username = new string('u', 257), password = new string('p', 1025) }))
            .ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "username", "password");
        await LoginAsync(JsonSerializer.Serialize(new { username = new string('u', 70_000), password = "p" }))
            .ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "content-too-large");
        await LoginAsync(new string('[', 1000)).ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "$");
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("text/plain")]
    [InlineData("nonsense")]
    [InlineData(null)]
    public async Task A_login_must_be_JSON(string? contentType)
    {
        await LoginAsync(JsonSerializer.Serialize(new { username = gateway.AdminUsername, password = gateway.AdminPassword }), contentType)
            .ProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
    }

    private async Task<HttpResponseMessage> LoginAsync(string body, string? contentType = "application/json")
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (contentType is not null)
        {
            Assert.True(content.Headers.TryAddWithoutValidation("Content-Type", contentType));
        }
        return await gateway.Http.PostAsync("auth/login", content, TestContext.Current.CancellationToken);
    }
}
