using McpFunctions.Local.FunctionsHost.Settings;

namespace McpFunctions.Local.FunctionsHost.Http;

/// <summary>
/// Handles <c>/</c>: redirects to the route prefix if a function is there, otherwise shows a page. Responds with 204 if the setting
/// <c>AzureWebJobsDisableHomepage</c> is true.
/// </summary>
internal sealed class HomePage(HostSettings settings, FunctionEndpoints functions)
{
    private const string Html = """
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"><title>Functions app</title></head>
        <body style="font-family: sans-serif; margin: 4em">
        <h1>Your Functions app is up and running</h1>
        <p>This is the local host. Its functions are listed on its console, and at <a href="/admin/functions">/admin/functions</a>.</p>
        </body>
        </html>
        """;

    public Task WriteAsync(HttpContext context)
    {
        if (settings.App.IsTrue("AzureWebJobsDisableHomepage"))
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }

        if (functions.HasFunctionAtPrefix)
        {
            context.Response.Redirect($"/{settings.HostJson.RoutePrefix}");
            return Task.CompletedTask;
        }

        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(Html, context.RequestAborted);
    }
}
