from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workspaces", "0002_preferences")]

    operations = [
        migrations.AddField(
            model_name="workspace",
            name="preset_reasons",
            field=models.JSONField(blank=True, null=True),
        )
    ]
