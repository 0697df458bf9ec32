using System.Text.Json;
using System.Text.Json.Nodes;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Keys;
using McpFunctions.Local.FunctionsHost.Settings;

namespace McpFunctions.Local.FunctionsHost.Admin;

/// <summary>The host's own routes under <c>/admin</c>. All except the first two need the master key.</summary>
internal sealed class AdminRoutes(
    HostSettings settings,
    HostLifecycle lifecycle,
    AdminFunctions functions,
    KeyStore keys,
    KeyAuthorization authorization,
    string hostId
)
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/admin/host/ping", ["GET", "POST"], Ping);
        routes.MapMethods("/admin/warmup", ["GET", "POST"], _ => Task.CompletedTask);
        routes.MapGet("/admin/host/status", ForAdmin(StatusAsync));
        routes.MapGet(
            "/admin/host/config",
            ForAdmin(context => WriteAsync(context, JsonNode.Parse(settings.HostJson.Text, null, Lenient)!))
        );
        routes.MapGet("/admin/functions", ForAdmin(context => WriteAsync(context, functions.List(BaseOf(context.Request)))));
        routes.MapGet("/admin/functions/{name}", ForAdmin(ShowAsync));
        routes.MapPost("/admin/functions/{name}", ForAdmin(InvokeAsync));

        foreach (
            var (route, scope) in new (string, Func<HttpContext, KeyScope?>)[]
            {
                ("/admin/host/keys", _ => KeyScope.AllFunctions),
                ("/admin/host/functionkeys", _ => KeyScope.AllFunctions),
                ("/admin/host/systemkeys", _ => KeyScope.System),
                (
                    "/admin/functions/{name}/keys",
                    context => functions.Find(NameOf(context)) is { } function ? KeyScope.Of(function.Name) : null
                ),
            }
        )
        {
            routes.MapGet(route, ForAdmin(WithScope(scope, ListKeysAsync)));
            routes.MapGet($"{route}/{{key}}", ForAdmin(WithScope(scope, ShowKeyAsync)));
            routes.MapMethods($"{route}/{{key}}", ["POST", "PUT"], ForAdmin(WithScope(scope, SetKeyAsync)));
            routes.MapDelete($"{route}/{{key}}", ForAdmin(WithScope(scope, DeleteKey)));
        }
    }

    private static Task Ping(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        return Task.CompletedTask;
    }

    private Task StatusAsync(HttpContext context)
    {
        var status = new JsonObject
        {
            ["id"] = hostId,
            ["state"] = lifecycle.State.ToString(),
            ["version"] = HostVersion.Number,
            ["versionDetails"] = $"{HostVersion.Number} (local stand-in)",
            ["processUptime"] = (long)lifecycle.Uptime.TotalMilliseconds,
        };
        if (lifecycle.LastError is { } error)
            status["errors"] = new JsonArray(error);
        return WriteAsync(context, status);
    }

    private Task ShowAsync(HttpContext context) =>
        functions.Find(NameOf(context)) is { } function
            ? WriteAsync(context, functions.Describe(function, BaseOf(context.Request)))
            : Respond(context, StatusCodes.Status404NotFound);

    private async Task InvokeAsync(HttpContext context)
    {
        if (lifecycle.State != HostState.Running)
        {
            await Respond(context, StatusCodes.Status503ServiceUnavailable);
            return;
        }

        if (!context.Request.HasJsonContentType())
        {
            await Respond(context, StatusCodes.Status415UnsupportedMediaType);
            return;
        }

        if (functions.Find(NameOf(context)) is not { } function)
        {
            await Respond(context, StatusCodes.Status404NotFound);
            return;
        }

        var (isRead, input) = await ReadTextAsync(context, "input");
        if (!isRead)
        {
            await Respond(context, StatusCodes.Status400BadRequest);
            return;
        }

        functions.Invoke(function, input);
        await Respond(context, StatusCodes.Status202Accepted);
    }

    private Task ListKeysAsync(HttpContext context, KeyScope scope) =>
        WriteAsync(
            context,
            new JsonObject { ["keys"] = new JsonArray([.. keys.List(scope).Where(key => key.Name != KeyStore.MasterName).Select(Show)]) }
        );

    private Task ShowKeyAsync(HttpContext context, KeyScope scope) =>
        keys.List(scope).FirstOrDefault(key => key.Name == KeyOf(context)) is { } key
            ? WriteAsync(context, Show(key))
            : Respond(context, StatusCodes.Status404NotFound);

    private async Task SetKeyAsync(HttpContext context, KeyScope scope)
    {
        string? value = null;
        if (HttpMethods.IsPut(context.Request.Method))
        {
            (_, value) = await ReadTextAsync(context, "value");
            if (string.IsNullOrEmpty(value))
            {
                await Respond(context, StatusCodes.Status400BadRequest);
                return;
            }
        }

        var (key, created) = keys.Set(scope, KeyOf(context), value);
        context.Response.StatusCode = created ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        await WriteAsync(context, Show(key));
    }

    private Task DeleteKey(HttpContext context, KeyScope scope)
    {
        var name = KeyOf(context);
        var status =
            name.StartsWith('_') ? StatusCodes.Status400BadRequest
            : keys.Delete(scope, name) ? StatusCodes.Status204NoContent
            : StatusCodes.Status404NotFound;
        return Respond(context, status);
    }

    private RequestDelegate ForAdmin(RequestDelegate handle) =>
        context =>
            authorization.LevelOf(context.Request) switch
            {
                AuthLevel.Admin => handle(context),
                AuthLevel.Anonymous => Respond(context, StatusCodes.Status401Unauthorized),
                _ => Respond(context, StatusCodes.Status403Forbidden),
            };

    private static RequestDelegate WithScope(Func<HttpContext, KeyScope?> scope, Func<HttpContext, KeyScope, Task> handle) =>
        context => scope(context) is { } found ? handle(context, found) : Respond(context, StatusCodes.Status404NotFound);

    /// <summary>Reads a property of the body as text. <c>IsRead</c> is false if the body is not a valid JSON object.</summary>
    private static async Task<(bool IsRead, string? Text)> ReadTextAsync(HttpContext context, string property)
    {
        try
        {
            return await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted) is JsonObject body
                ? (true, TextOf(body[property]))
                : (false, null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            // The last two come from strings with half a surrogate pair and from duplicate names, which the parser finds late.
            return (false, null);
        }
    }

    private static JsonObject Show(NamedKey key) => new() { ["name"] = key.Name, ["value"] = key.Value };

    private static string? TextOf(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) ? text : node?.ToJsonString();

    private static string NameOf(HttpContext context) => (string)context.Request.RouteValues["name"]!;

    private static string KeyOf(HttpContext context) => (string)context.Request.RouteValues["key"]!;

    private static Uri BaseOf(HttpRequest request) => new($"{request.Scheme}://{request.Host}/");

    private static Task Respond(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static Task WriteAsync(HttpContext context, JsonNode json)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync(json.ToJsonString(), context.RequestAborted);
    }
}
